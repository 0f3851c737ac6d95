import { createHash } from 'node:crypto'

/** Returns a text by which two versions of a schema differ; '' for one of a library that is no data. */
export function digestSchema (schema: unknown): string {
  try {
    const text = JSON.stringify(schema) ?? ''
    return text === '' ? '' : createHash('sha256').update(text).digest('base64url').slice(0, 22)
  } catch {
    return ''
  }
}
