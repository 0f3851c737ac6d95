import type { StallEntry } from '../protocol.js'

export type Frame = StallEntry['frames'][number]

/** Stalls of one registration and one route at one place in the code. */
export interface StallGroup {
  key: string
  registration: number
  /** Undefined: code of no known request. */
  route: string | undefined
  /** The innermost frame of the app; of a package if there is none of the app's. */
  place: Frame | undefined
  /** The last one first. */
  stalls: StallEntry[]
  /** ms that the longest one took. */
  longest: number
}

/**
 * Returns the groups, the one with the last stall first. Those without code of the app are behind the other
 * ones, and that of neither a route nor a place is at the end.
 */
export function groupStalls (stalls: readonly StallEntry[]): StallGroup[] {
  const groups = new Map<string, StallGroup>()
  for (const stall of stalls.toSorted((a, b) => b.at - a.at)) {
    const { registration, route, frames, held } = stall
    const place = frames.find(isOfApp) ?? frames.find(isOfPackage)
    // Calls of one function are of one place, whichever of its lines runs.
    const key = JSON.stringify([registration, route, place?.function ?? place?.line, place?.file])
    const group = groups.get(key)
    if (group === undefined) {
      groups.set(key, { key, registration, route, place, stalls: [stall], longest: held })
    } else {
      group.stalls.push(stall)
      group.longest = Math.max(group.longest, held)
    }
  }
  return [...groups.values()].sort((a, b) => rank(a) - rank(b))
}

function rank ({ route, place }: StallGroup): number {
  if (place !== undefined && isOfApp(place)) return 0
  return route !== undefined || place !== undefined ? 1 : 2
}

function isOfApp (frame: Frame): boolean {
  return isOfPackage(frame) && !/(^|[\\/])node_modules[\\/]/.test(frame.file)
}

/** Whether the code is none of Node's. */
function isOfPackage ({ file }: Frame): boolean {
  return file !== '' && !file.startsWith('node:')
}

export function nameFrame ({ function: name, file, line }: Frame): string {
  return name === undefined ? `${file}:${line}` : `${name} (${file}:${line})`
}
