/**
 * Reads the property that a decorator overrides: that of the prototypes above the first object that owns the
 * name.
 */
export function readInherited (target: object, name: string): unknown {
  let owner: object = target
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  return Reflect.get(Object.getPrototypeOf(owner), name, target)
}
