import { InvalidItem } from '../errors.js'
import type { SerializeItem } from './item-serializer.js'

interface EventFields {
  /** Sent again by the client as header `last-event-id`, when it connects again. No line breaks, no NUL. */
  id?: string | undefined
  /** ms after which the client is to connect again once the connection has ended: an integer. */
  retry?: number | undefined
  /** Text that clients do not see. */
  comment?: string | undefined
}

/**
 * An event of a stream of server-sent events. `data` is sent as JSON, `text` as it is. `event` is the name
 * of the event, "message" if it is left out. Without data and text there is no event for the client, but
 * `id`, `retry` and `comment` are sent.
 */
export type ServerSentEvent<Data = unknown> = EventFields & (
  { event?: string | undefined, data: Data, text?: undefined } |
  { event?: string | undefined, text: string, data?: undefined } |
  { event?: undefined, text?: undefined, data?: undefined }
)

/** The format of an event, as the HTML standard has it. Throws FST_BLOCKING_INVALID_ITEM. */
export function formatEvent (event: ServerSentEvent, serialize: SerializeItem, source: string): string {
  const refuse = (what: string): never => { throw new InvalidItem(source, what) }
  if (typeof event !== 'object' || event === null) {
    return refuse(`${event === null ? 'null' : typeof event}; yield an object with data or text`)
  }
  checkFields(event, refuse)
  const { comment, event: name, id, retry, data, text } = event
  let lines = ''
  if (comment !== undefined) lines += prefixLines(':', comment)
  if (name !== undefined) lines += `event: ${name}\n`
  if (id !== undefined) lines += `id: ${id}\n`
  if (retry !== undefined) lines += `retry: ${retry}\n`
  if (data !== undefined) lines += prefixLines('data:', serialize(data))
  if (text !== undefined) lines += prefixLines('data:', text)
  return `${lines}\n`
}

/** A client would take no notice of a field that is wrong, or would take a line break for a new field. */
function checkFields (event: ServerSentEvent, refuse: (what: string) => never): void {
  let count = 0
  for (const [name, value] of Object.entries(event)) {
    if (value === undefined) continue
    const check = checks.get(name)
    if (check === undefined) refuse(`an event with ${name}; there are ${[...checks.keys()].join(', ')}`)
    else if (!check.isValid(value)) refuse(`an event whose ${name} is not ${check.kind}`)
    count++
  }
  const { event: name, data, text } = event
  if (count === 0) refuse('an event without fields')
  if (data !== undefined && text !== undefined) refuse('an event with both data and text')
  if (name !== undefined && data === undefined && text === undefined) {
    refuse(`an event "${name}" without data and text, which clients drop`)
  }
}

interface Check {
  readonly kind: string
  isValid (value: unknown): boolean
}

const text: Check = { kind: 'a string', isValid: (value) => typeof value === 'string' }

const checks = new Map<string, Check>([
  ['data', { kind: 'data', isValid: () => true }],
  ['text', text],
  ['event', { kind: 'a string of one line', isValid: (value) => isLine(value) }],
  ['id', {
    kind: 'a string of one line without NUL', isValid: (value) => isLine(value) && !value.includes('\0')
  }],
  ['retry', {
    kind: 'an integer of ms', isValid: (value) => Number.isSafeInteger(value) && Number(value) >= 0
  }],
  ['comment', text]
])

function isLine (value: unknown): value is string {
  return typeof value === 'string' && !/[\r\n]/.test(value)
}

function prefixLines (prefix: string, value: string): string {
  return value.split(/\r\n|[\r\n]/).map((line) => `${prefix} ${line}\n`).join('')
}
