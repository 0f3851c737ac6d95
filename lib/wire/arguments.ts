import { inspect } from 'node:util'
import type { Transferable } from 'node:worker_threads'
import { InvalidOption, NotCloneable } from '../errors.js'
import { type CanSend, isCloneable } from './cloneable.js'
import {
  createValues, decode, dropUncloneable, encode, type EncodedValues, markBuffers, omit
} from './values.js'

/*
 * Encodes arguments and results of calls. A value that cannot cross is an error at once. Values that hooks
 * have put on a request are omitted instead, since not all of them are wanted on the other side.
 */

export type { Transferable }

export interface Encoded {
  values: EncodedValues
  /** Objects that are transferred instead of cloned. */
  transferList: Transferable[]
}

const transferLists = new WeakMap<object, readonly Transferable[]>()

/** Marks the parts of a value that are to be transferred when the value crosses. */
export function markTransfer<Value extends object> (value: Value, list: readonly Transferable[]): Value {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidOption(
      'transfer', `the first argument is an object, in which the rest is. Got ${inspect(value)}`
    )
  }
  if (!Array.isArray(list)) {
    throw new InvalidOption(
      'transfer',
      `the second argument is a list of what is moved: transfer(image, [image.buffer]). Got ${inspect(
        list, { depth: 1 }
      )}`
    )
  }
  transferLists.set(value, list)
  return value
}

/** `what` names the function, such as "offload render". */
export function encodeArguments (args: readonly unknown[], what: string): Encoded {
  const packed: Encoded = { values: createValues(), transferList: [] }
  for (const [index, value] of args.entries()) encodeValue(packed, String(index), value)
  return checkEncoded(packed, (index) => `arguments[${index}]`, what)
}

export function decodeArguments (encoded: EncodedValues): unknown[] {
  const args: unknown[] = []
  decode(encoded, args, String)
  return args
}

/** The outcome of a function: its `value`, or the value that it has `thrown`. */
export type Outcome = { value: unknown } | { thrown: unknown }

function encodeOutcome (outcome: Outcome, what: string): Encoded {
  const packed: Encoded = { values: createValues(), transferList: [] }
  for (const [name, value] of Object.entries(outcome)) encodeValue(packed, name, value)
  return checkEncoded(packed, nameOfOutcome, what)
}

/** Encodes a thrown value, or else the error that tells why the value cannot cross. */
function encodeThrown (thrown: unknown, what: string): Encoded {
  try {
    return encodeOutcome({ thrown }, what)
  } catch (error) {
    return encodeOutcome({ thrown: error }, what)
  }
}

/**
 * Encodes an outcome and sends it. An outcome that cannot cross is replaced by the error that tells why:
 * `send` is called once more then.
 */
export function sendOutcome (outcome: Outcome, what: string, send: (encoded: Encoded) => void): void {
  let encoded: Encoded
  try {
    encoded = encodeOutcome(outcome, what)
  } catch (error) {
    encoded = encodeThrown(error, what)
  }
  try {
    send(encoded)
  } catch (error) {
    send(encodeThrown(toOutcomeError(error, encoded, what), what))
  }
}

export function decodeOutcome (encoded: EncodedValues): { value?: unknown, thrown?: unknown } {
  const outcome = {}
  decode(encoded, outcome, String)
  return outcome
}

/** Tells why a message could not be posted. */
export function toArgumentsError (
  error: unknown, { values }: Encoded, what: string, canSend: CanSend = isCloneable
): unknown {
  return toCloneError(error, values, (index) => `arguments[${index}]`, what, canSend)
}

function toOutcomeError (error: unknown, { values }: Encoded, what: string): unknown {
  return toCloneError(error, values, nameOfOutcome, what, isCloneable)
}

function nameOfOutcome (name: string): string {
  return name === 'value' ? 'the result' : 'what was thrown'
}

function encodeValue ({ values, transferList }: Encoded, name: string, value: unknown): void {
  const list = typeof value === 'object' && value !== null ? transferLists.get(value) : undefined
  // A buffer that has been transferred before: Node would transfer it once more, as an empty one.
  const gone = list?.find((part) =>
    part instanceof ArrayBuffer && part.byteLength === 0 && !isCloneable(part))
  if (gone !== undefined) return omit(values, name, gone)
  if (list !== undefined) transferList.push(...list)
  if (list?.includes(value as Transferable) === true || (list !== undefined && ArrayBuffer.isView(value))) {
    values.values[name] = value
    if (Buffer.isBuffer(value)) markBuffers(values, name, [value])
  } else encode(values, name, value)
}

function checkEncoded (packed: Encoded, nameOf: (name: string) => string, what: string): Encoded {
  const [name] = Object.keys(packed.values.omitted ?? {})
  if (name !== undefined) throw toNotCloneable(packed.values, name, nameOf, what)
  return packed
}

/** An error about the transfer list says what is wrong, and is returned as it is. */
function toCloneError (
  error: unknown, encoded: EncodedValues, nameOf: (name: string) => string, what: string, canSend: CanSend
): unknown {
  const [name] = dropUncloneable(encoded, canSend)
  return name === undefined ? error : toNotCloneable(encoded, name, nameOf, what)
}

function toNotCloneable (
  { omitted }: EncodedValues, name: string, nameOf: (name: string) => string, what: string
): Error {
  const [path, kind] = omitted![name]!
  return new NotCloneable(`${what}: ${nameOf(name)}${path}`, kind)
}
