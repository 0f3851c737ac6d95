import type { FastifyInstance } from 'fastify'
import { DeclaredTooLate, InvalidOption, NoSuchOverride, OverrideInUse } from '../errors.js'
import { type Dependency, isDependency } from './dependency.js'

/** An override that has a name, and is in force only while it is used. */
interface DeclaredOverride {
  readonly real: Dependency
  readonly fake: Dependency
}

/**
 * Prepares for the use of these overrides, and throws what prevents it. The function that it returns takes
 * effect: requests that begin from then on go by them.
 */
export type PrepareOverrides = (names: readonly string[]) => () => void

const overridesOf = new WeakMap<object, Overrides>()

/**
 * What replaces dependencies on one server: overrides that are always in force, and declared ones, which are
 * used by name while the app runs. All registrations of the server share them.
 */
export class Overrides {
  readonly #permanent = new Map<Dependency, Dependency>()
  readonly #declared = new Map<string, DeclaredOverride>()
  #used: readonly string[] = []
  readonly #followers: PrepareOverrides[] = []
  #isClosed = false

  static of ({ server }: FastifyInstance): Overrides {
    const overrides = overridesOf.get(server) ?? new Overrides()
    overridesOf.set(server, overrides)
    return overrides
  }

  add (real: unknown, fake: unknown): void {
    checkBoth('overrideDependency', real, fake)
    this.#checkOpen('overrideDependency')
    this.#permanent.set(real as Dependency, fake as Dependency)
  }

  declare (name: unknown, real: unknown, fake: unknown): void {
    if (typeof name !== 'string' || name === '') {
      throw new InvalidOption(
        'declareOverride', 'its first argument is the name of the override: declareOverride("sunny", …)'
      )
    }
    checkBoth('declareOverride', real, fake)
    this.#checkOpen('declareOverride')
    if (this.#declared.has(name)) {
      throw new InvalidOption(
        'declareOverride', `an override "${name}" is declared already; give it another name`
      )
    }
    this.#declared.set(name, { real: real as Dependency, fake: fake as Dependency })
  }

  #checkOpen (what: string): void {
    if (this.#isClosed) throw new DeclaredTooLate(what, 'the app was ready')
  }

  /** Called when the app is ready: from then on nothing is added. */
  close (): void {
    this.#isClosed = true
  }

  /** Returns the names of the declared overrides of a dependency. */
  namesOf (real: Dependency): string[] {
    return [...this.#declared].filter(([, override]) => override.real === real).map(([name]) => name)
  }

  /** Returns the names in the order of their declaration, which is the same on both sides. */
  sort (names: readonly string[]): string[] {
    return [...this.#declared.keys()].filter((name) => names.includes(name))
  }

  /** Returns what replaces each dependency while these overrides are used. */
  replacements (names: readonly string[]): ReadonlyMap<Dependency, Dependency> {
    const all = new Map(this.#permanent)
    for (const name of names) {
      const { real, fake } = this.#find(name)
      all.set(real, fake)
    }
    return all
  }

  #find (name: string): DeclaredOverride {
    const override = this.#declared.get(name)
    if (override !== undefined) return override
    const known = [...this.#declared.keys()].map((other) => `"${other}"`).join(', ')
    throw new NoSuchOverride(name, known === '' ? 'none is declared' : `declared are ${known}`)
  }

  /** Uses a declared override until the result is disposed of. */
  use (name: string): Disposable {
    const { real } = this.#find(name)
    const other = this.#used.find((used) => this.#find(used).real === real)
    if (other !== undefined) {
      throw new OverrideInUse(name, other === name ? 'it' : `"${other}", of the same dependency,`)
    }
    this.#switch([...this.#used, name])
    let isUsed = true
    return {
      [Symbol.dispose]: () => {
        if (!isUsed) return
        this.#switch(this.#used.filter((used) => used !== name))
        isUsed = false
      }
    }
  }

  /** Nothing takes effect if anything cannot be prepared. */
  #switch (names: readonly string[]): void {
    const used = this.sort(names)
    const effects = this.#followers.map((prepare) => prepare(used))
    this.#used = used
    for (const takeEffect of effects) takeEffect()
  }

  /** Has what is used take effect, now and whenever it changes. */
  follow (prepare: PrepareOverrides): void {
    this.#followers.push(prepare)
    prepare(this.#used)()
  }
}

function checkBoth (what: string, real: unknown, fake: unknown): void {
  for (const [which, value] of Object.entries({ real, fake })) {
    if (!isDependency(value)) {
      throw new InvalidOption(
        what, `the ${which} one is not a dependency; wrap the function in dependency()`
      )
    }
    if (value.original !== undefined) {
      throw new InvalidOption(
        what, `the ${which} one is a use, by fresh() or withScopes(); name the dependency itself`
      )
    }
  }
}
