/** By which ts-node tells that it compiles what this thread requires, its `REGISTER_INSTANCE`. */
const tsNode = Symbol.for('ts-node.register.instance')

export function hasTsNode (): boolean {
  return tsNode in process
}

export function isTypeScript (path: string): boolean {
  return /\.[cm]?tsx?$/.test(path)
}
