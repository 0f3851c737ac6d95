// Fails if a page of the built site links to a page or a heading that is not there. VitePress itself looks for pages only, and only in the Markdown.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'built')
const paths = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.html')).map((path) => path.replaceAll('\\', '/'))
const pages = new Map(paths.map((path) => {
  const html = readFileSync(join(folder, path), 'utf8')
  const read = (pattern) => [...html.matchAll(pattern)].map(([, value]) => value)
  return [path, { anchors: new Set(read(/ id="([^"]*)"/g)), links: read(/<a\b[^>]* href="([^"]*)"/g) }]
}))

if (!pages.has('index.html')) throw new Error('The site is not built')

const dead = [...pages].flatMap(([path, { links }]) => links.filter((link) => {
  const { protocol, pathname, hash } = new URL(link, `site:/${path}`)
  if (protocol !== 'site:') return false
  const target = pages.get(pathname.slice(1).replace(/(^|\/)$/, '$1index.html'))
  return target === undefined || (hash !== '' && !target.anchors.has(decodeURIComponent(hash.slice(1))))
}).map((link) => `${path}: ${link}`))

for (const link of dead) console.error(`Dead link in ${link}`)
console.log(`${[...pages.values()].flatMap(({ links }) => links).length} links of ${pages.size} pages, ${dead.length} of them dead`)
process.exitCode = dead.length > 0 ? 1 : 0
