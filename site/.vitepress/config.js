import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'

const root = join(import.meta.dirname, '../..')

const groups = {
  'First steps': ['what-runs-where', 'does-it-block', 'layouts', 'running', 'types', 'connections', 'plugins', 'from-fastapi'],
  Requests: ['bodies', 'streams', 'what-crosses', 'dependencies', 'guards', 'offload', 'background', 'limits'],
  'In operation': ['insight', 'dashboard', 'measured', 'scaling', 'threads', 'security'],
  Background: ['benchmarks', 'architecture']
}
const reference = ['options', 'errors']
const others = [
  { text: 'Options', link: '/docs/options' },
  { text: 'Errors', link: '/docs/errors' },
  { text: 'API', link: '/api/', items: ['', '/dashboard', '/nats', '/security', '/streams'].map((path) => ({ text: `fastify-blocking${path}`, link: `/api/fastify-blocking${path}` })) },
  { text: 'Changes', link: '/CHANGELOG' }
]

const grouped = [...Object.values(groups).flat(), ...reference].map((name) => `${name}.md`)
const missing = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && !grouped.includes(name))
if (missing.length > 0) throw new Error(`site/.vitepress/config.js has no place for ${missing.join(', ')}`)

/** The same Markdown as on the repository's page: README, docs, and what TypeDoc makes of the types. */
export default defineConfig({
  title: 'fastify-blocking',
  description: 'Blocking Fastify handlers in worker threads, everything else on the event loop',
  srcDir: 'pages',
  outDir: 'built',
  lastUpdated: false,
  markdown: {
    // Headings have the same anchors as there.
    anchor: { slugify: slug },
    config: adaptLinks
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [{ text: 'Options', link: '/docs/options' }, { text: 'Errors', link: '/docs/errors' }, { text: 'API', link: '/api/' }],
    sidebar: [
      { text: 'Introduction', link: '/' },
      ...Object.entries(groups).map(([text, names]) => ({ text, items: names.map((name) => ({ text: titleOf(name), link: `/docs/${name}` })) })),
      { text: 'Reference', items: others }
    ]
  }
})

function titleOf (name) {
  return /^# (.*)/.exec(readFileSync(join(root, `docs/${name}.md`), 'utf8'))[1]
}

/** README is the first page here. Files that are no pages are not on the site, so their names are left without a link. */
function adaptLinks (markdown) {
  markdown.core.ruler.push('adapt-links', ({ tokens }) => {
    for (const token of tokens) {
      let isOfFile = false
      token.children &&= token.children.filter((child) => {
        if (child.type === 'link_open') {
          const target = child.attrGet('href')
          isOfFile = !/^[a-z]+:|^#|\.md(#|$)/.test(target)
          child.attrSet('href', target.replace(/README\.md(?=#|$)/, 'index.md'))
        }
        return !isOfFile || !child.type.startsWith('link_')
      })
    }
  })
}
