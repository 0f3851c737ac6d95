import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'

/*
 * Compiles what the docs show in TypeScript, as an app of strict settings would.
 */

const root = join(import.meta.dirname, '..')
const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ['node']
}

async function codeOf (page: string, language: string): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code!)
}

/** Compiles each file by itself. Returns what the compiler says: "name:line: message". */
function compile (files: Record<string, string>): string[] {
  // As if they were in this folder, where packages are found.
  const texts = new Map(Object.entries(files).map(([name, code]) => [join(import.meta.dirname, `${name}.ts`), `${code}\nexport {}\n`]))
  const host = ts.createCompilerHost(options)
  const program = ts.createProgram([...texts.keys()], options, {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    getSourceFile: (path, languageVersion, onError) => texts.has(path)
      ? ts.createSourceFile(path, texts.get(path)!, languageVersion)
      : host.getSourceFile(path, languageVersion, onError)
  })
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start!).line + 1
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

t.test('samples in TypeScript compile, and so does the first one of docs/dependencies.md', async (t) => {
  const samples = await codeOf('docs/types.md', 'ts')
  t.equal(samples.length, 6)
  const [imports, firstSteps] = await codeOf('docs/dependencies.md', 'js')
  t.match(firstSteps, /Type\.Integer/)
  t.same(compile({
    ...Object.fromEntries(samples.map((code, index) => [`types-${index}`, code])),
    'dependencies-types': (await codeOf('docs/dependencies.md', 'ts')).join('\n'),
    'dependencies-first-steps': `${imports}\n${firstSteps}`
  }), [])
})

t.test('a sample that does not compile would be told', async (t) => {
  t.match(compile({ wrong: 'import { dependency } from \'fastify-blocking\'\ndependency({ lifetime: \'ever\' }, () => 5)' }), [/wrong\.ts:2: /])
})
