import { readFileSync, writeFileSync } from 'node:fs'
import type { Row } from './served-row.js'

/*
 * The table of docs/plugins.md.
 */

const page = new URL('../../docs/plugins.md', import.meta.url)
const [begin, end] = ['<!-- Made by `npm run docs:plugins`, from test/plugins -->\n', '<!-- until here -->\n']

/** One line. `refused` are the codes of what is not the same. */
export function toLine ({ plugin, uses, differs, refuses }: Row, refused: readonly string[]): string {
  const same = differs === undefined ? 'the same' : `the same, but for ${differs}`
  const result = refused.length === 0 ? same : `${same}; ${refuses} refused: ${refused.map((code) => `\`${code}\``).join(', ')}`
  return `| \`${plugin}\` | ${versionOf(plugin)} | ${result} | ${uses} |`
}

/** Lines of the page, by plugin. */
export function readLines (): Map<string, string> {
  return new Map(table().split('\n').flatMap((line) => {
    const [, plugin] = /^\| `(.*?)` \|/.exec(line) ?? []
    return plugin === undefined ? [] : [[plugin, line] as const]
  }))
}

export function writeLines (lines: readonly string[]): void {
  const text = readFileSync(page, 'utf8')
  const [before, after] = [text.slice(0, text.indexOf(begin) + begin.length), text.slice(text.indexOf(end))]
  writeFileSync(page, `${before}| plugin | version | a blocking handler | what is compared |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n${after}`)
}

function table (): string {
  const text = readFileSync(page, 'utf8')
  return text.slice(text.indexOf(begin) + begin.length, text.indexOf(end))
}

function versionOf (plugin: string): string {
  const { version } = JSON.parse(readFileSync(new URL(`../../node_modules/${plugin}/package.json`, import.meta.url), 'utf8')) as { version: string }
  return version
}
