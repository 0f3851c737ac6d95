import { LoopOnly } from '../../errors.js'

interface Class {
  readonly name: string
  readonly prototype: object
}

/**
 * What Node's class has and the one in its place has not throws FST_BLOCKING_LOOP_ONLY when it is called or read, so that it is not
 * taken for something that is not there. Names that begin with an underscore are Node's own business.
 */
export function refuseMembers (own: Class, nodes: Class, what: string): void {
  for (let prototype: object | null = nodes.prototype; prototype !== null && prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype) as object | null) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name in own.prototype || name.startsWith('_')) continue
      const refuse = (): never => { throw new LoopOnly(`${what}.${name}${typeof value === 'function' ? '()' : ''}`) }
      Object.defineProperty(own.prototype, name, { configurable: true, ...(typeof value === 'function' ? { value: refuse, writable: true } : { get: refuse, set: refuse }) })
    }
  }
}
