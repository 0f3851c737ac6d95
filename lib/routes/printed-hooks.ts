import type { FastifyInstance } from 'fastify'

/*
 * Fastify has no API that tells all hooks of a route, but printRoutes() prints their names. So each blocking
 * route has an onSend hook of this package, whose name has the route's tag and is printed beside the others.
 */

/** Names of the hooks of one route in the order in which they run, by kind; without those of no hook. */
export type PrintedHooks = Readonly<Record<string, readonly string[]>>

export function nameOfTag (tag: string): string {
  return `blocking:${tag}`
}

/**
 * Returns the hooks of each blocking route by its tag. A route is missing if what is printed is not
 * understood, or if a plugin, such as @fastify/otel, has wrapped the hook with the tag.
 */
export function readPrintedHooks (
  fastify: FastifyInstance, kinds: readonly string[]
): Map<string, PrintedHooks> {
  const found = new Map<string, PrintedHooks>()
  let hooks: Record<string, readonly string[]> = {}
  const printed = fastify.printRoutes({ includeMeta: [...kinds, 'onSend'], commonPrefix: false })
  for (const line of printed.split('\n')) {
    const [, kind, list = ''] = /• \((\w+)\) \[(.*)\]$/.exec(line) ?? []
    if (kind === undefined) {
      hooks = {}
      continue
    }
    const names = [...list.matchAll(/"(.*?)\(\)"/g)].map(([, name]) => name!)
    hooks[kind] = names
    const tagged = kind === 'onSend' ? names.find((name) => /^blocking:\w+$/.test(name)) : undefined
    if (tagged !== undefined) found.set(tagged.slice(nameOfTag('').length), hooks)
  }
  return found
}

/**
 * This package's own hooks: that of request/background.ts, of which each registration around a route adds
 * one, and that of routes with dependencies that end before the answer is serialized.
 */
export const ownHooks: ReadonlySet<string> = new Set(['failOnError', 'endBeforeSerialization'])
