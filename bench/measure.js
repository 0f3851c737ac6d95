import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * Starts the processes of one comparison, hands out a function that measures one contestant for some seconds, and
 * ends them.
 */
export async function withContestants (names, use) {
  const processes = []
  const start = (file, ...args) => {
    const child = fork(new URL(file, import.meta.url), args)
    processes.push(child)
    return child
  }
  try {
    const load = start('load.js')
    const servers = {}
    for (const name of names) {
      const server = start('serve.js', name)
      servers[name] = { server, url: await answer(server) }
    }
    await use((name, path, connections, seconds) =>
      measure(load, servers[name].server, { url: servers[name].url + path, connections, seconds }))
  } finally {
    for (const child of processes) if (child.connected) child.disconnect()
    await Promise.all(processes.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  }
}

/** Requests per second, and for how many ms the server's loop was busy with each. */
async function measure (load, server, assignment) {
  await ask(server, 'start')
  const { requests, seconds } = await ask(load, assignment)
  const { active, utilization } = await ask(server, 'stop')
  return { rate: requests / seconds, busy: active / requests, utilization }
}

function ask (child, message) {
  child.send(message)
  return answer(child)
}

async function answer (child) {
  const ended = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: ended.signal }).then(([message]) => message),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`${child.spawnargs.slice(1).join(' ')} exited with code ${code}`)
      })
    ])
  } finally {
    ended.abort()
  }
}
