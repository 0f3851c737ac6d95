import { LoopOnly } from '../../errors.js'

interface Class {
  readonly name: string
  readonly prototype: object
}

/**
 * Defines the members that Node's class has and `own` lacks: they throw FST_BLOCKING_LOOP_ONLY when they are
 * called or read, since code would otherwise take them for absent. Names with a leading underscore are
 * internals of Node and are left out.
 */
export function refuseMembers (own: Class, nodes: Class, what: string): void {
  for (
    let prototype: object | null = nodes.prototype;
    prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype) as object | null
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name in own.prototype || name.startsWith('_')) continue
      const refuse = (): never => {
        throw new LoopOnly(`${what}.${name}${typeof value === 'function' ? '()' : ''}`)
      }
      Object.defineProperty(own.prototype, name, {
        configurable: true,
        ...(typeof value === 'function' ? { value: refuse, writable: true } : { get: refuse, set: refuse })
      })
    }
  }
}
