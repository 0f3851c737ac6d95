import { serialize } from 'node:v8'
import { isCloneable, isData, isError } from '../wire/cloneable.js'
import {
  createValues, dropUncloneable, encode, type EncodedValues, hasNoValues, omit
} from '../wire/values.js'
import { equalLists, type PropertyFilter } from './fastify-properties.js'
import { readSession } from './sessions.js'

type Properties = Record<string, unknown>

/**
 * Properties that cross although they are Fastify's or Node's own. Read by literal names, which V8 does
 * fastest.
 */
export interface TrackedProperties {
  names: readonly string[]
  read (object: object): readonly unknown[]
}

/**
 * Tracks the properties of one object, by name. Most of the time it has own and tracked properties alone, and
 * these are compared first.
 */
export class TrackedObject {
  readonly #object: object
  readonly #names: PropertyFilter
  readonly #unwatched: ReadonlySet<string>
  readonly #tracked: TrackedProperties
  /** Names of values that could not cross: getters that throw, until something else is set in their place. */
  #withheld: Set<string> | undefined
  /** The known values by name; undefined while the object has own and tracked properties alone. */
  #known: Properties | undefined
  /** The known values of the tracked properties, while #known is undefined. */
  #values!: readonly unknown[]
  /** Serialized contents of the values that are objects, by name, to detect changes in place. */
  #fingerprints: Record<string, Buffer | undefined> | undefined
  #sessions: readonly string[] = none
  /** Names of the object when it was last seen to have own and tracked properties alone. */
  #namesBefore: readonly string[] | undefined

  constructor (
    object: object,
    names: PropertyFilter,
    unwatched: ReadonlySet<string>,
    received: EncodedValues | undefined,
    besides: TrackedProperties
  ) {
    this.#object = object
    this.#names = names
    this.#unwatched = unwatched
    this.#tracked = besides
    this.rememberReceived(received)
    if (this.#known === undefined) return
    const sessions = Object.keys(this.#known).filter((name) => readSession(this.#known![name]) !== undefined)
    if (sessions.length > 0) this.#sessions = sessions
  }

  rememberReceived (received: EncodedValues | undefined): void {
    for (const name in received?.omitted) (this.#withheld ??= new Set()).add(name)
    if (this.#withheld !== undefined || this.#hasOthers) return this.#rememberAll(this.#read())
    this.#known = this.#fingerprints = undefined
    this.#values = this.#readBesides()
    for (let index = 0; index < this.#values.length; index++) {
      const value = this.#values[index]
      if (typeof value === 'object' && value !== null) {
        this.#rememberContent(this.#tracked.names[index]!, value)
      }
    }
  }

  /** Takes the present value of a property as known. */
  markKnown (name: string): void {
    this.#withheld?.delete(name)
    const value = readProperty(this.#object, name)
    if (this.#known === undefined) this.#values = this.#values.with(this.#tracked.names.indexOf(name), value)
    else this.#known[name] = value
    if (this.#fingerprints !== undefined) delete this.#fingerprints[name]
    this.#rememberContent(name, value)
  }

  diff (): EncodedValues | undefined {
    if (this.#isUntouched) return undefined
    const known = this.#known ?? this.#knownBesides
    const now = this.#read()
    const encoded = createValues()
    for (const name in now) {
      const value = now[name]
      if (this.#sessions.includes(name)) continue
      if (name in known &&
        (value === known[name] ? this.#isAsBefore(name, value) : isLocalValue(value, known[name]))) {
        continue
      }
      if (isError(value) || isCloneable(value)) encode(encoded, name, value)
      else omit(encoded, name, value)
    }
    this.#diffDeleted(known, now, encoded)
    this.#rememberAll(now)
    return hasNoValues(encoded) ? undefined : encoded
  }

  get #isUntouched (): boolean {
    if (this.#known !== undefined) return false
    const values = this.#readBesides()
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      if (value !== this.#values[index] ||
        (this.#fingerprints !== undefined && !this.#isAsBefore(this.#tracked.names[index]!, value))) {
        return false
      }
    }
    return !this.#hasOthers
  }

  /** Whether the object has other properties than its own and the tracked ones, or lacks a tracked one. */
  get #hasOthers (): boolean {
    const names = Object.keys(this.#object)
    if (this.#namesBefore !== undefined && equalLists(names, this.#namesBefore)) return false
    if (this.#names.othersOf(this.#object, names).length > 0) return true
    for (const name of this.#tracked.names) if (!(name in this.#object)) return true
    this.#namesBefore = names
    return false
  }

  get #knownBesides (): Properties {
    const properties: Properties = Object.create(null)
    for (const [index, name] of this.#tracked.names.entries()) properties[name] = this.#values[index]
    return properties
  }

  #diffDeleted (known: Properties, now: Properties, encoded: EncodedValues): void {
    for (const name in known) {
      if (!(name in now) && !this.#sessions.includes(name)) (encoded.deleted ??= []).push(name)
    }
    for (const name of this.#withheld ?? none) {
      if (Object.hasOwn(this.#object, name)) continue
      this.#withheld!.delete(name);
      (encoded.deleted ??= []).push(name)
    }
  }

  #rememberAll (properties: Properties): void {
    this.#known = properties
    this.#fingerprints = undefined
    for (const name in properties) this.#rememberContent(name, properties[name])
  }

  #rememberContent (name: string, value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#unwatched.has(name)) return
    const contents = fingerprint(value)
    if (contents !== undefined) {
      (this.#fingerprints ??= Object.create(null) as Record<string, Buffer | undefined>)[name] = contents
    }
  }

  #isAsBefore (name: string, value: unknown): boolean {
    const before = this.#fingerprints?.[name]
    return before === undefined || fingerprint(value)?.equals(before) === true
  }

  /**
   * Returns all sessions as they are: a change within one cannot be seen from outside. One that has ended is
   * null.
   */
  takeSessions (): EncodedValues | undefined {
    if (this.#sessions.length === 0) return undefined
    const sessions = createValues()
    for (const name of this.#sessions) {
      encode(sessions, name, readSession(Reflect.get(this.#object, name)) ?? null)
    }
    if (!isCloneable(sessions)) dropUncloneable(sessions)
    return sessions
  }

  #read (): Properties {
    const properties: Properties = Object.create(null)
    for (const name of this.#names.othersOf(this.#object)) {
      if (this.#withheld?.has(name) === true &&
        Object.getOwnPropertyDescriptor(this.#object, name)!.get !== undefined) {
        continue
      }
      properties[name] = readProperty(this.#object, name)
    }
    for (const name of this.#tracked.names) {
      if (name in this.#object) properties[name] = readProperty(this.#object, name)
    }
    return properties
  }

  #readBesides (): readonly unknown[] {
    try {
      return this.#tracked.read(this.#object)
    } catch {
      return this.#tracked.names.map((name) => readProperty(this.#object, name))
    }
  }
}

const none: readonly string[] = []

/**
 * Whether neither value is data. Each side has its own instances of classes, so such a value is not a change.
 */
function isLocalValue (value: unknown, known: unknown): boolean {
  return !isData(value) && !isData(known)
}

function readProperty (object: object, name: string): unknown {
  try {
    return Reflect.get(object, name)
  } catch {
    return unreadable
  }
}

/**
 * Stands for a property that throws when it is read. The proxy throws as well, so that it cannot cross
 * either, see locateUncloneable() in wire/cloneable.ts.
 */
const unreadable = new Proxy({}, { getPrototypeOf () { throw new TypeError('a getter that throws') } })

/** Serializes the content of an object; undefined for a primitive and for what cannot cross. */
function fingerprint (value: unknown): Buffer | undefined {
  if (typeof value !== 'object' || value === null || isError(value) || !isData(value)) return undefined
  try {
    return serialize(value)
  } catch {
    return undefined
  }
}
