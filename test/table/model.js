import { outcomes } from './outcomes.js'
import { asks, phasesOf, shapeOf } from './places.js'

/*
 * What becomes of a request with dependencies. Whatever of it runs in a worker makes no difference, but for what is said to.
 */

/** What must happen, in this order; what the client is told; and what must be done in the background, in any order. */
export function expectOf (cell) {
  const { nodes, handler, it, actor, early, outcome } = meet(cell)
  const { at, how, error, replaces, status = 200, says = 'ok', isStream, isGone, isLost, isLimit } = outcome
  const lines = []
  let failure
  let said = 'nothing'
  const answer = () => {
    if (said !== 'nothing' || isGone) return
    lines.push(`answer ${status}`)
    said = failure ?? says
  }
  const happen = () => {
    failure = error
    // A limit is answered while what has overrun it still runs; so is the end of a thread while the loop is at work for the request.
    if (error !== undefined && how === 'waits' && (isLimit || (actor.side === 'loop' && at !== 'teardown'))) answer()
  }

  // After what throws, answers, or comes back too late, nothing begins.
  const goesOn = how === 'waits' && error === undefined
  const begun = goesOn ? nodes : nodes.slice(0, { hook: 0, queue: early, it: nodes.indexOf(it) + 1 }[at])
  for (const { name } of begun) lines.push(`open ${name}`)
  const isHandled = goesOn || !['hook', 'queue', 'it', 'last'].includes(at)
  if (isHandled) lines.push('handle')
  // A stream has been answered when it is decided what becomes of it.
  if (isStream) answer()
  if (at !== 'teardown' && at !== 'onSend') happen()
  if (isStream && failure === undefined) lines.push('streamed')
  // Where the handler is on the loop, its hooks come before the teardowns.
  if (at === 'onSend' && handler.side === 'loop') happen()

  // What has given its value ends: last in, first out, each once. A thread that is gone ends nothing.
  const given = ['it', 'last'].includes(at) && how !== 'waits' ? begun.slice(0, -1) : begun
  for (const node of given.filter(({ kind }) => kind !== 'plain').reverse()) {
    if (node === it && at === 'teardown') {
      if (how === 'waits') happen()
      if (how === 'waits' && !(isLost && it.side === 'worker')) lines.push('it commits')
      if (how !== 'waits') happen()
    } else if (failure === undefined) lines.push(`${node.name} commits`)
    else if (!isLost || node.side === 'loop') {
      lines.push(`${node.name} rolls back: ${failure}`)
      if (node === it && replaces !== undefined) failure = replaces
    }
  }
  // What is left to fail comes after the teardowns: a hook, of a handler in a worker.
  if (at === 'onSend') happen()
  answer()
  if (isStream && failure !== undefined) said = 'broken'

  // Nothing of a request that has failed.
  const askers = [...begun.filter((node) => asks(node, handler)).map(({ name }) => name), ...isHandled ? ['handler'] : []]
  return { lines: arrange(cell, lines), says: said, background: failure === undefined ? askers.map((name) => `background of ${name}`).sort() : [] }
}

/** Why there is no such cell; undefined if there is. */
export function isVoid (cell) {
  const { at, how, needs, replaces, isSwallowed } = outcomes[cell.outcome]
  const { nodes, it, actor, isVisit, isOpen } = meet(cell)
  if (at === 'last' && nodes.at(-1) === it) return 'nothing comes after the dependency'
  if ((at === 'teardown' || replaces || isSwallowed) && it.kind === 'plain') return 'a plain dependency has no teardown'
  if (at === 'queue' && !isVisit) return 'nothing of it runs in a worker'
  if (needs === 'a worker' && actor.side === 'loop') return 'it does not run in a worker'
  if (how === 'waits' && actor.side === 'loop' && ['sync', 'plain', 'generator'].includes(actor.kind)) return 'nothing else happens while it holds the event loop'
  if (needs === 'an event loop that turns' && actor.side === 'loop') return 'it does not run in a worker'
  if (needs === 'an event loop that turns' && actor.kind !== 'async' && actor.kind !== 'async generator') return 'its thread is in a native call until it is let go'
  if (needs === 'an open visit' && !isOpen) return 'no visit is open then'
  return undefined
}

/**
 * Lines as far as their order is known. Where a limit is over while the loop is at work, the worker does not wait for it, and ends what is its own; where a thread
 * has gone, the answer does not wait for the teardown that is on its way on the loop. Where a thread retires, neither side waits for the other, nor for what does not end.
 */
export function arrange (cell, lines) {
  const { nodes, actor, outcome: { at, isLost, isLimit, isRetired } } = meet(cell)
  const isWorkers = (line) => nodes.some(({ name, side }) => side === 'worker' && line.startsWith(`${name} rolls back`))
  if (isRetired) {
    const isOf = (line) => line.startsWith('it ') && at === 'it'
    const isLate = (line) => isWorkers(line) || (at === 'teardown' && line === 'it commits')
    return [...lines.filter((line) => !isLate(line)), ...lines.filter((line) => isLate(line) && !isOf(line)), ...lines.filter((line) => isLate(line) && isOf(line))]
  }
  const isLoose = (line) => isLost && at === 'teardown'
    ? line.startsWith('answer')
    : isLimit && isWorkers(line)
  return actor.side === 'worker' ? lines : [...lines.filter((line) => !isLoose(line)), ...lines.filter(isLoose)]
}

/** How the conditions meet: who acts, and when. */
function meet (cell) {
  const shape = shapeOf(cell)
  const { nodes, handler } = shape
  const phases = phasesOf(shape)
  const handlerPhase = phases.at(-1)
  const it = nodes.find(({ name }) => name === 'it')
  const { at } = outcomes[cell.outcome]
  const phase = at === 'handler' ? handlerPhase : phases[nodes.indexOf(it)]
  // Open for a handler on the loop only while a generator in the worker is.
  const isHeld = handler.side === 'worker' || nodes.some(({ side, kind }) => side === 'worker' && kind !== 'plain')
  return {
    nodes,
    handler,
    it,
    actor: at === 'it' || at === 'teardown' ? it : handler,
    early: nodes.filter((_node, index) => phases[index] === 0).length,
    isVisit: handlerPhase > 0,
    isOpen: phase > 0 && (isHeld || (at === 'it' && phase < handlerPhase)),
    outcome: outcomeOf(cell, handlerPhase > 0 && phase === 0)
  }
}

function outcomeOf ({ outcome: name }, isBeforeVisit) {
  const outcome = outcomes[name]
  const { at, isForced, isClosing } = outcome
  // What has begun to end without an error has not failed, unless its thread is gone: limits wait for it, and nobody waits for who has hung up.
  if (at === 'teardown' && outcome.how === 'waits' && !isForced) return { ...outcome, error: undefined, status: undefined }
  // What has no place in a worker yet when the server closes gets none.
  if (isClosing && at === 'it' && isBeforeVisit) return outcomes['the server closes, in the queue']
  return outcome
}
