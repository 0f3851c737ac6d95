import { restoreBuffers } from './bytes.js'
import { isCloneable, keepsAll } from './cloneable.js'

/*
 * Error classes that the app has named, by the option `errorClasses`. Both sides have built the same app, so
 * only the name of a class crosses. Registrations in one process may give one name to different classes, so
 * each registration has a list of its own.
 */

export interface ErrorClass {
  class: abstract new (...parameters: never) => Error
  serialize?: SerializedErrorClass['serialize']
  deserialize?: SerializedErrorClass['deserialize']
}

/** A class that keeps data in private fields. Instances of any other class cross by their own properties. */
export interface SerializedErrorClass {
  class: ErrorClass['class']
  /** Returns plain data, of which `deserialize` makes an instance on the other side. */
  serialize (error: Error): unknown
  deserialize (data: unknown): Error
}

/** An instance of a class of a list. */
export interface NamedInstance {
  list: number
  name: string
  /** The result of `serialize`. */
  data?: unknown
  /** Buffers within the data. */
  buffers?: Uint8Array[]
}

interface Entry extends ErrorClass {
  list: number
}

const byPrototype = new WeakMap<object, Entry[]>()
const byList = new Map<number, Map<string, Entry>>()
let last = 0

/**
 * Registers the error classes of one registration, until close() is called. In a worker `list` is the number
 * that the loop has given the list.
 */
export function registerErrorClasses (
  classes: readonly ErrorClass[], list = ++last
): { list: number, close: () => void } {
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

/**
 * Serializes an error as an instance of its nearest class in each list; undefined if no list has one. Throws
 * the error of `serialize`.
 */
export function serializeNamed (error: Error): NamedInstance[] | undefined {
  if (byList.size === 0) return undefined
  const found = new Map<number, Entry>()
  for (
    let prototype: object | null = Object.getPrototypeOf(error);
    prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const entry of byPrototype.get(prototype) ?? []) {
      if (!found.has(entry.list)) found.set(entry.list, entry)
    }
  }
  return found.size === 0 ? undefined : [...found.values()].map((entry) => serializeInstance(entry, error))
}

function serializeInstance ({ list, class: { name }, serialize }: Entry, error: Error): NamedInstance {
  if (serialize === undefined) return { list, name }
  const data = serialize(error)
  const buffers: Uint8Array[] = []
  if (!keepsAll(data, buffers) || !isCloneable(data)) {
    throw new TypeError('serialize gave what cannot cross; give plain data')
  }
  return { list, name, data, ...(buffers.length > 0 && { buffers }) }
}

/** Finds the named class, and the data of `serialize`; undefined if this side has none of the lists. */
export function findNamedClass (
  named: readonly NamedInstance[] | undefined
): { entry: ErrorClass, named: NamedInstance } | undefined {
  for (const one of named ?? []) {
    const entry = byList.get(one.list)?.get(one.name)
    if (entry !== undefined) return { entry, named: one }
  }
  return undefined
}

/**
 * Makes an instance by `deserialize`. Throws the error of `deserialize`, or a TypeError if the result is no
 * instance.
 */
export function deserializeInstance (
  { class: Class, deserialize }: ErrorClass, { data, buffers }: NamedInstance
): Error {
  if (buffers !== undefined) restoreBuffers(buffers)
  const error = deserialize!(data)
  if (!(error instanceof Class)) throw new TypeError(`deserialize gave no instance of ${Class.name}`)
  return error
}
