import t from 'tap'
import { build, pathOf } from './app.js'
import { makeCells } from './axes.js'
import { phasesOf, shapeOf } from './places.js'
import { createMemory } from './record.js'
import { cells, pairwise, tryCells } from './table.js'

t.setTimeout(1_200_000)

t.test('whatever two conditions meet, a request comes to what the model says', async (t) => {
  const chosen = pairwise()
  t.same(await tryCells(chosen), [])
  t.comment(`${chosen.length} of ${cells.length} cells; npm run table tries all`)
})

t.test('the places are all that a plan of four phases has', async (t) => {
  const seen = new Set(makeCells().map((cell) => {
    const shape = shapeOf(cell)
    const phases = phasesOf(shape)
    return `${phases[shape.nodes.findIndex(({ name }) => name === 'it')]} before ${phases.at(-1)}`
  }))
  for (let handler = 0; handler < 4; handler++) {
    for (let phase = 0; phase <= handler; phase++) t.ok(seen.has(`${phase} before ${handler}`), `a dependency in phase ${phase}, and the handler in phase ${handler}`)
  }
})

t.test('and the plans are as the model takes them to be', async (t) => {
  const shapes = cells.filter(({ outcome }) => outcome === 'all is well')
  const app = await build({ cells: shapes, memory: createMemory(1) })
  t.teardown(() => app.close())
  await app.ready()
  for (const cell of shapes) {
    const { nodes, ...rest } = shapeOf(cell)
    const phaseOf = new Map<string, number>()
    const visit = ({ name, phase, dependencies }: ReturnType<typeof app.blocking.plan>['dependencies'][number]): void => {
      phaseOf.set(name, phase)
      dependencies.forEach(visit)
    }
    app.blocking.plan('GET', pathOf(cell)).dependencies.forEach(visit)
    t.same(nodes.map(({ name }) => phaseOf.get(name)), phasesOf({ nodes, ...rest }).slice(0, -1), pathOf(cell))
  }
})
