import { readFileSync } from 'node:fs'
import { findSourceMap, SourceMap, type SourceMapPayload } from 'node:module'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from './advice.js'
import type { Frame } from './stack.js'

/** The folder of this package; in a bundle its code counts as the app's. */
const ownFolder = import.meta.dirname === undefined ? undefined : dirname(import.meta.dirname)

/**
 * Returns the innermost frame of the app's own code; of a package's if there is none of the app's. Undefined
 * if there is neither.
 */
export function findPlace (frames: readonly Frame[]): Place | undefined {
  const frame = frames.find(isOfApp) ?? frames.find(isOfPackage)
  if (frame === undefined) return undefined
  const around = frames.slice(frames.indexOf(frame)).filter(({ file }) => file === frame.file)
  return {
    function: around.find((one) => one.function !== undefined)?.function,
    ...mapToSource(frame),
    isOfApp: isOfApp(frame),
    isSerialization: !isOfApp(frame) && frames.some(({ file }) => file.endsWith(serialization))
  }
}

/** A call on the stack, for people. */
export interface NamedCall extends Pick<Place, 'file' | 'line'> {
  function: string | undefined
}

/** Returns the first calls of the app, of packages and of Node, innermost first; none of this package. */
export function nameCalls (frames: readonly Frame[], most: number): NamedCall[] {
  return frames.filter((frame) => isOfPackage(frame) || frame.file.startsWith('node:'))
    .slice(0, most)
    .map((frame) => ({ function: frame.function, ...mapToSource(frame) }))
}

/** Whether a function of the app is on the stack. */
export function hasOwnCode (frames: readonly Frame[]): boolean {
  return frames.some(isOfApp)
}

function isOfApp ({ file }: Frame): boolean {
  return isAbsolute(file) && !isOwn(file) && !file.includes(`${sep}node_modules${sep}`)
}

function isOfPackage ({ file }: Frame): boolean {
  return isAbsolute(file) && !isOwn(file)
}

/** The file of Fastify that serializes answers. */
const serialization = join('node_modules', 'fastify', 'lib', 'reply.js')

function isOwn (file: string): boolean {
  return ownFolder !== undefined && file.startsWith(`${ownFolder}${sep}`)
}

function mapToSource ({ file, line, column }: Frame): Pick<Place, 'file' | 'line'> {
  const found = findKeptSourceMap(file)?.findEntry(line - 1, column - 1)
  if (found === undefined || !('originalSource' in found)) return { file: shorten(file), line }
  const { originalSource, originalLine } = found
  const source = originalSource.startsWith('file:') ? fileURLToPath(originalSource) : originalSource
  const path = isAbsolute(source) ? source : join(dirname(file), source)
  return { file: shorten(path), line: originalLine + 1 }
}

function shorten (file: string): string {
  const path = relative('', file)
  return path.startsWith('..') || isAbsolute(path) ? file : path
}

/** Number of files whose source maps are kept: reading a large one takes longer than a threshold. */
const keptMaps = 20

/** In the order of their last use. */
const sourceMaps = new Map<string, SourceMap>()
const filesWithoutMap = new Set<string>()

function findKeptSourceMap (file: string): SourceMap | undefined {
  if (!isAbsolute(file) || filesWithoutMap.has(file)) return undefined
  const found = sourceMaps.get(file) ?? sourceMapOf(file)
  if (found === undefined) {
    filesWithoutMap.add(file)
    return undefined
  }
  sourceMaps.delete(file)
  sourceMaps.set(file, found)
  if (sourceMaps.size > keptMaps) sourceMaps.delete(sourceMaps.keys().next().value!)
  return found
}

/** Node keeps source maps of modules only where it was started with them; else the file names its map. */
function sourceMapOf (file: string): SourceMap | undefined {
  const kept = findSourceMap(file)
  if (kept !== undefined) return kept
  try {
    const url = /^\/\/# sourceMappingURL=(\S+)\s*$/m.exec(readFileSync(file, 'utf8').slice(-500_000))?.[1]
    if (url === undefined) return undefined
    const text = url.startsWith('data:')
      ? Buffer.from(url.slice(url.indexOf(',') + 1), 'base64').toString()
      : readFileSync(join(dirname(file), url), 'utf8')
    return new SourceMap(JSON.parse(text) as SourceMapPayload)
  } catch {
    return undefined // the position in the file that runs is told instead
  }
}
