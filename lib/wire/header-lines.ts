/*
 * The headers of a request in two forms: lines, which are names and values in turn as they came, and the
 * object that Node makes of the lines.
 */

export type HeaderObject = Record<string, string | string[] | undefined>

/** Whether the object has the headers of the lines, and each name once: then the lines are enough. */
export function equalsLines (headers: HeaderObject, lines: readonly string[]): boolean {
  let index = 0
  for (const name in headers) {
    const written = lines[index]
    if (
      headers[name] !== lines[index + 1] ||
      written === undefined ||
      (written !== name && written.toLowerCase() !== name)
    ) return false
    index += 2
  }
  return index === lines.length
}

export function toHeaders (lines: readonly string[]): HeaderObject {
  const headers: HeaderObject = {}
  for (let index = 0; index < lines.length; index += 2) {
    headers[lines[index]!.toLowerCase()] = lines[index + 1]
  }
  return headers
}

/** Returns all values of each name, as Node's `headersDistinct` does. */
export function toDistinctHeaders (lines: readonly string[]): Record<string, string[]> {
  const distinct: Record<string, string[]> = Object.create(null)
  for (let index = 0; index < lines.length; index += 2) {
    (distinct[lines[index]!.toLowerCase()] ??= []).push(lines[index + 1]!)
  }
  return distinct
}
