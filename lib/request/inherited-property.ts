/** A property as it is further up the prototypes, above the decorator. */
export function readInherited (target: object, name: string): unknown {
  let owner: object = target
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  return Reflect.get(Object.getPrototypeOf(owner), name, target)
}
