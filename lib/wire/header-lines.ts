/*
 * The head of a request: as lines, names and values in turn as they came, and as the object that Node makes of them.
 */

export type HeaderObject = Record<string, string | string[] | undefined>

/** Whether the object is what the lines say, and each name is there once: then they are enough. */
export function equalsLines (headers: HeaderObject, lines: readonly string[]): boolean {
  let index = 0
  for (const name in headers) {
    const written = lines[index]
    if (headers[name] !== lines[index + 1] || written === undefined || (written !== name && written.toLowerCase() !== name)) return false
    index += 2
  }
  return index === lines.length
}

export function toHeaders (lines: readonly string[]): HeaderObject {
  const headers: HeaderObject = {}
  for (let index = 0; index < lines.length; index += 2) headers[lines[index]!.toLowerCase()] = lines[index + 1]
  return headers
}

/** All values of each name, as Node's `headersDistinct`. */
export function toDistinctHeaders (lines: readonly string[]): Record<string, string[]> {
  const distinct: Record<string, string[]> = Object.create(null)
  for (let index = 0; index < lines.length; index += 2) (distinct[lines[index]!.toLowerCase()] ??= []).push(lines[index + 1]!)
  return distinct
}
