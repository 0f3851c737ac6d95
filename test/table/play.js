import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { pathOf } from './app.js'
import { arrange, expectOf } from './model.js'
import { outcomes } from './outcomes.js'
import { shapeOf } from './places.js'

/** Tries a cell. Gives what should have been seen, and what was. `patience` in ms is for what should come and does not. */
export async function play (cell, stands, patience) {
  const expected = expectOf(cell)
  for (let attempt = 0; ; attempt++) {
    const stand = await stands.find(cell, attempt)
    const seen = await playOn(stand, cell, expected, patience)
    if (seen !== undefined) return { expected, seen }
  }
}

/** Undefined if a limit was over before the request had come to where it waits. */
async function playOn (stand, cell, { lines: expected, background }, patience) {
  const { record } = stand
  const request = record.open()
  const client = new Client(`${stand.origin}${pathOf(cell)}?${new URLSearchParams({ request, outcome: cell.outcome })}`)
  const comes = async (line) => await record.until(request, (lines) => lines.includes(line), patience)
  const { killed } = stand.app.blocking.stats()
  const closed = await cause({ cell, client, request, stand, comes, expected })
  record.go(request)
  await client.over
  await closed
  const count = expected.length + background.length
  const own = () => record.lines(request).filter((line) => line !== 'waits')
  await record.until(request, () => own().length >= count, patience)
  if (closed === undefined) await stand.settle(patience)
  if (stand.limit !== undefined && !hasWaitedFirst(record.lines(request))) return undefined
  if (outcomes[cell.outcome].isRetired) {
    await stand.until('the thread has left', ({ threads }) => threads.retired === 0)
    if (stand.app.blocking.stats().killed > killed) throw new Error('the thread was terminated')
  }
  return { lines: arrange(cell, own().filter((line) => !line.startsWith('background'))), background: own().filter((line) => line.startsWith('background')).sort(), says: client.says }
}

function hasWaitedFirst (lines) {
  const [waits, answer] = [lines.indexOf('waits'), lines.findIndex((line) => line.startsWith('answer'))]
  return waits !== -1 && (answer === -1 || waits < answer)
}

/** Brings the outcome about. Where the server closes, gives a promise of its end. */
async function cause ({ cell, client, request, stand, comes, expected }) {
  const { at, how, isGone, isStream, isLost, isForced, isRetired } = outcomes[cell.outcome]
  const { app, record } = stand
  const { killed: kills } = app.blocking.stats()
  const hangUp = async () => {
    client.hangUp()
    await stand.gone(request)
  }
  if (isStream) {
    await Promise.race([client.begun, client.over])
    if (cell.outcome.startsWith('the client goes')) await hangUp()
  } else if (at === 'queue' && (isGone || cell.outcome.startsWith('the server closes'))) {
    await stand.until('it waits', ({ queue }) => queue === 1)
    if (isGone) return await hangUp()
    const closed = app.close()
    await client.over
    stand.release()
    return [await closed]
  } else if (how === 'waits') {
    await Promise.race([comes('waits'), client.over])
    if (isGone) return await hangUp()
    if (!cell.outcome.startsWith('the server closes')) {
      // A timer that was set later, and is longer.
      if (at === 'teardown' && !isForced) return await delay(stand.limit + 10)
      await client.over
      if (isRetired && record.lines(request).includes('waits')) {
        await stand.until('the thread has retired', ({ threads }) => threads.retired > 0)
        // What ends does so before it is let go, but what itself does not end.
        const early = expected.filter((line) => at === 'handler' || !shapeOf(cell).nodes.some(({ name, side }) => side === 'worker' && line.startsWith(`${name} `)))
        for (const line of early) if (!await comes(line)) throw new Error(`in a retired thread nothing has come of ${line}`)
      }
      if (isLost && record.lines(request).includes('waits')) await stand.until('the thread is gone', ({ killed }) => killed > kills)
      return undefined
    }
    const closed = app.close()
    await record.until(0, (lines) => lines.includes('closes'), 100_000)
    const { handler, nodes } = shapeOf(cell)
    const { side } = at === 'handler' ? handler : nodes.find(({ name }) => name === 'it')
    if (isLost && (side === 'worker' || at === 'teardown')) await stand.until('the thread is gone', ({ threads }) => threads.live + threads.exiting === 0)
    else if (isLost) await client.over
    record.go(request)
    return [closed]
  }
  return undefined
}

/** On a connection of its own. */
class Client {
  /** What an answer that is complete says, else how it ended. */
  says

  constructor (url) {
    let first
    this.begun = new Promise((resolve) => { first = resolve })
    this.over = new Promise((resolve) => {
      const end = (says) => {
        this.says ??= says
        resolve()
      }
      this.request = get(url, { agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          text += chunk
          first()
        })
        response.on('end', () => end(JSON.parse(text).says))
        response.on('error', () => end('broken'))
      })
      this.request.on('error', () => end('nothing'))
    })
  }

  hangUp () {
    this.request.destroy()
  }
}
