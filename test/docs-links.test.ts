import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'
import GithubSlugger from 'github-slugger'
import t from 'tap'

interface Link { page: string, target: string }

const root = resolve(import.meta.dirname, '..')
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'examples/shop/README.md', ...docs]
const texts = new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')]))
const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] }

/** The text without blocks of code, whose lines may look like headings or links. */
function removeCode (text: string): string {
  return text.replaceAll(/^( *)```.*?^\1```/gms, '')
}

function linksOf (page: string): Link[] {
  const prose = removeCode(texts.get(page)!).replaceAll(/`[^`]*`/g, '`code`')
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => ({ page, target: target! }))
}

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf (page: string): Set<string> {
  const slugger = new GithubSlugger()
  const headings = [...removeCode(texts.get(page)!).matchAll(/^#{1,6} (.*)$/gm)]
  return new Set(headings.map(([, heading]) => slugger.slug(heading!.replaceAll('`', ''))))
}

const links = pages.flatMap(linksOf)
const local = links.filter(({ target }) => !/^[a-z]+:/.test(target)).map(({ page, target }) => {
  const [path, anchor] = target.split('#') as [string, string | undefined]
  const file = path === '' ? page : posix.join(posix.dirname(page), path)
  return { page, target, file, anchor }
})

t.test('every link of README and docs to a file or a heading leads there', async (t) => {
  t.ok(local.length > 100, 'links are found')
  for (const { page, target, file, anchor } of local) {
    t.ok(existsSync(join(root, file)), `${page}: ${target}`)
    if (anchor === undefined) continue
    if (!texts.has(file)) t.fail(`${page}: ${target} has an anchor in a file that is no page`)
    else t.ok(anchorsOf(file).has(anchor), `${page}: ${target}`)
  }
})

t.test('README links only to files that are published', async (t) => {
  const published = [...files, 'README.md', 'LICENSE', 'package.json']
  for (const { target, file } of local.filter(({ page }) => page === 'README.md')) {
    t.ok(published.some((path) => file === path || file.startsWith(`${path}/`)), target)
  }
})

t.test('README has at most 150 lines, and a link to every page of docs', async (t) => {
  t.ok(texts.get('README.md')!.split('\n').length - 1 <= 150)
  const linked = new Set(local.filter(({ page }) => page === 'README.md').map(({ file }) => file))
  t.same(docs.filter((page) => !linked.has(page)), [])
})
