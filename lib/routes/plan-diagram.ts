import { isParsedAsUsual } from '../dependencies/describe-plan.js'
import type { Side } from '../dependencies/plan.js'
import type { RouteWithPlan } from './listed-routes.js'
import { mergeMethods, printConstraints } from './print-routes.js'

/** A step of a request's way, and the side that takes it. */
interface Step {
  side: Side
  /** Lines of its text. */
  lines: string[]
}

/**
 * Draws the way of a request as a flowchart of Mermaid, with a subgraph for each side. Routes whose requests
 * go the same way are one chain of nodes.
 */
export function drawDiagram (routes: readonly RouteWithPlan[]): string {
  const ways = new Map<string, { routes: RouteWithPlan[], steps: Step[] }>()
  for (const route of routes) {
    const steps = stepsOf(route)
    const way = ways.get(JSON.stringify(steps)) ?? { routes: [], steps }
    way.routes.push(route)
    ways.set(JSON.stringify(steps), way)
  }
  const nodes: Record<Side, string[]> = { loop: [], worker: [] }
  const edges: string[] = []
  for (const [index, { routes, steps }] of [...ways.values()].entries()) {
    const begin = `route${index}`
    nodes.loop.push(`${begin}(["${mergeMethods(routes, () => '').map(nameRoute).join('<br>')}"])`)
    for (const [step, { side, lines }] of steps.entries()) {
      nodes[side].push(`${begin}step${step}["${lines.map(escape).join('<br>')}"]`)
    }
    edges.push([begin, ...steps.map((_, step) => `${begin}step${step}`)].join(' --> '))
  }
  const lanes = (['loop', 'worker'] as const).filter((side) => nodes[side].length > 0)
  return [
    'flowchart TB',
    ...lanes.flatMap((side) =>
      [`  subgraph ${side}`, ...nodes[side].map((node) => `    ${node}`), '  end']),
    ...edges.map((edge) => `  ${edge}`)
  ].map((line) => `${line}\n`).join('')
}

function stepsOf ({ plan, body }: RouteWithPlan): Step[] {
  const hooks: Step = { side: 'loop', lines: ['hooks before the handler'] }
  const steps = [hooks]
  if (body !== undefined && !isParsedAsUsual(body)) {
    const { parsedBy, because } = body
    if (parsedBy === 'worker') steps.push({ side: parsedBy, lines: ['request.body is read and parsed'] })
    else hooks.lines.push(`request.body is parsed: ${because}`)
  }
  for (const [phase, { levels }] of plan.phases.entries()) {
    const labels = levels.flat().map(({ label }) => label)
    if (labels.length > 0) {
      steps.push({ side: phase % 2 === 0 ? 'loop' : 'worker', lines: ['dependencies', ...labels] })
    }
  }
  return [
    ...steps,
    { side: plan.handler, lines: ['handler'] },
    { side: plan.handler, lines: ['serialization'] },
    { side: 'loop', lines: ['onSend hooks'] }
  ]
}

function nameRoute (route: RouteWithPlan): string {
  return escape(`${route.methods.join(', ')} ${route.url}${printConstraints(route)}`)
}

/** Replaces characters that mean something to Mermaid in a quoted text by its codes of characters. */
function escape (text: string): string {
  return text.replace(/["#&<>`%]/g, (character) => `#${character.charCodeAt(0)};`)
}
