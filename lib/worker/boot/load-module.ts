import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { NoCompiler } from '../../errors.js'
import { hasTsNode, isTypeScript } from '../../typescript-loader.js'
import type { WorkerData } from '../../wire/worker-data.js'

export type Exports = Record<string, unknown>

/**
 * Imports the module, or requires it if import() does not know its extension: a hook for require() alone,
 * such as tsx/cjs or ts-node/register, does not apply to import(). With ts-node a module is required first:
 * since Node 22.18 import() knows TypeScript, but compiles less of it, and takes a CommonJS module for an ES
 * module by its syntax.
 */
export async function load ({ module, usesTsNode }: WorkerData): Promise<Exports> {
  const path = fileURLToPath(module)
  if (isTypeScript(path)) {
    if (hasTsNode()) return wrap(createRequire(path)(path))
    if (usesTsNode) throw new NoCompiler(module)
  }
  try {
    return await import(module)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !message.includes(path)) throw error
    return wrap(requireHooked(path, isTypeScript(path)
      ? Object.assign(new NoCompiler(module), { cause: error })
      : error))
  }
}

/** The exports as import() gives those of a CommonJS module. */
function wrap (exported: unknown): Exports {
  return { ...Object(exported), default: exported }
}

/**
 * Requires the file, in case a hook handles its extension. Not every hook tells its extensions, and without a
 * hook require() parses any file as JavaScript: a SyntaxError therefore counts as an unknown extension. So
 * does what Node 20 throws if the file looks like an ES module.
 */
function requireHooked (path: string, unknownExtension: unknown): unknown {
  try {
    return createRequire(path)(path)
  } catch (error) {
    const isUnhooked = error instanceof SyntaxError ||
      (error as NodeJS.ErrnoException).code === 'ERR_INTERNAL_ASSERTION'
    throw isUnhooked ? unknownExtension : error
  }
}
