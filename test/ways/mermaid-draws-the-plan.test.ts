import t from 'tap'
import { build } from '../insight/fixtures/planned.js'
import { Project } from './project.js'

/**
 * Parses flowcharts with Mermaid. Mermaid sanitizes labels with DOMPurify, which needs a browser, and has none of
 * these functions under Node.
 */
const parser = `import DOMPurify from 'dompurify'

Object.assign(DOMPurify, { addHook () {}, removeHooks () {}, sanitize: (text) => text })
const { default: mermaid } = await import('mermaid')
for (const text of JSON.parse(process.argv[2])) {
  const parsed = await mermaid.parse(text).catch(() => ({ diagramType: 'none' }))
  console.log(JSON.stringify({ type: parsed.diagramType }))
}
`

t.test('Mermaid parses the flowchart of a route, and that of all routes', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()
  const one = app.blocking.printPlan('GET', '/statement', { format: 'mermaid' })
  const all = app.blocking.printPlan({ format: 'mermaid' })
  const project = new Project(t, []).install('mermaid@11', 'dompurify@3')
  project.write('parse.js', parser)
  const running = project.run(t, ['parse.js', JSON.stringify([one, all, all.replace('subgraph', 'subgraf')])])
  t.match(await running.next(), { type: /^flowchart/ })
  t.match(await running.next(), { type: /^flowchart/ })
  t.match(await running.next(), { type: 'none' }, 'a text that is none is refused')
})
