import { readFileSync } from 'node:fs'

const page = readFileSync('docs/layouts.md', 'utf8')

/**
 * The files that a section of docs/layouts.md shows, by name: the first line of each tells its own. On a busy machine
 * workers take longer to boot than Fastify waits by default.
 */
export function filesOf (heading: string): Record<string, string> {
  const section = page.split(/^#{2,3} /m).find((text) => text.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`docs/layouts.md has no section ${heading}`)
  const blocks = [...section.matchAll(/^```(?:js|ts|jsonc)\n\/\/ (\S+)\n(.*?)^```/gms)]
  return Object.fromEntries(blocks.map(([, name, code]) => [name!, code!
    .replace('Fastify()', 'Fastify({ pluginTimeout: 100_000 })')
    .replace('Fastify({ logger })', 'Fastify({ logger, pluginTimeout: 100_000 })')
    .replace('FastifyAdapter()', 'FastifyAdapter({ pluginTimeout: 100_000 })')]))
}

/** What a script that listens says to `Running.listens()`. */
export const tellPort = '\nconsole.log(JSON.stringify(app.server.address()))\n'
