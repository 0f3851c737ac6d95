import { restoreBuffers } from './bytes.js'
import { isCloneable, keepsAll } from './cloneable.js'

/*
 * Classes of errors that the app has named, by the option `errorClasses`. Both sides have built the same app, so a name is all that
 * crosses; but registrations in one process may give one name to different classes, and so each has a list of its own.
 */

export interface ErrorClass {
  class: abstract new (...parameters: never) => Error
  serialize?: SerializedErrorClass['serialize']
  deserialize?: SerializedErrorClass['deserialize']
}

/** For a class that keeps something in private fields. Of others the own properties cross. */
export interface SerializedErrorClass {
  class: ErrorClass['class']
  /** Gives plain data, of which `deserialize` makes an instance on the other side. */
  serialize (error: Error): unknown
  deserialize (data: unknown): Error
}

/** An instance of a class of a list. */
export interface NamedInstance {
  list: number
  name: string
  /** Of `serialize`. */
  data?: unknown
  /** What of it were Buffers. */
  buffers?: Uint8Array[]
}

interface Entry extends ErrorClass {
  list: number
}

const byPrototype = new WeakMap<object, Entry[]>()
const byList = new Map<number, Map<string, Entry>>()
let last = 0

/** Of one registration, until it is closed. In a worker `list` is the number that the loop has given it. */
export function registerErrorClasses (classes: readonly ErrorClass[], list = ++last): { list: number, close: () => void } {
  const entries = classes.map((named) => ({ ...named, list }))
  for (const entry of entries) {
    const { prototype } = entry.class
    byPrototype.set(prototype, [...byPrototype.get(prototype) ?? [], entry])
  }
  byList.set(list, new Map(entries.map((entry) => [entry.class.name, entry])))
  return {
    list,
    close () {
      byList.delete(list)
      for (const entry of entries) {
        const { prototype } = entry.class
        byPrototype.set(prototype, byPrototype.get(prototype)!.filter((other) => other !== entry))
      }
    }
  }
}

/** Of each list the nearest class of which the error is an instance; undefined for none. Throws what `serialize` has thrown. */
export function serializeNamed (error: Error): NamedInstance[] | undefined {
  if (byList.size === 0) return undefined
  const found = new Map<number, Entry>()
  for (let prototype: object | null = Object.getPrototypeOf(error); prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    for (const entry of byPrototype.get(prototype) ?? []) if (!found.has(entry.list)) found.set(entry.list, entry)
  }
  return found.size === 0 ? undefined : [...found.values()].map((entry) => serializeInstance(entry, error))
}

function serializeInstance ({ list, class: { name }, serialize }: Entry, error: Error): NamedInstance {
  if (serialize === undefined) return { list, name }
  const data = serialize(error)
  const buffers: Uint8Array[] = []
  if (!keepsAll(data, buffers) || !isCloneable(data)) throw new TypeError('serialize gave what cannot cross; give plain data')
  return { list, name, data, ...(buffers.length > 0 && { buffers }) }
}

/** The class that was named, and what `serialize` has given; undefined where no list of this side is meant. */
export function findNamedClass (named: readonly NamedInstance[] | undefined): { entry: ErrorClass, named: NamedInstance } | undefined {
  for (const one of named ?? []) {
    const entry = byList.get(one.list)?.get(one.name)
    if (entry !== undefined) return { entry, named: one }
  }
  return undefined
}

/** An instance as `deserialize` makes it. Throws what it throws, or that it is none. */
export function deserializeInstance ({ class: Class, deserialize }: ErrorClass, { data, buffers }: NamedInstance): Error {
  if (buffers !== undefined) restoreBuffers(buffers)
  const error = deserialize!(data)
  if (!(error instanceof Class)) throw new TypeError(`deserialize gave no instance of ${Class.name}`)
  return error
}
