import { perRequest } from './asking.js'
import { answer, ask, withProcesses } from './processes.js'

/**
 * Starts the processes of one comparison, hands out a function that measures one contestant for some seconds, and
 * ends them.
 */
export function withContestants (names, use) {
  return withProcesses(async (start) => {
    const load = start('load.js')
    const servers = {}
    for (const name of names) {
      const server = start('serve.js', name)
      servers[name] = { server, url: await answer(server) }
    }
    await use((name, { path, connections, upload }, seconds) =>
      measure(load, servers[name].server, { url: servers[name].url + path, connections, seconds, upload }))
  })
}

/** Requests per second, and what each took of the server. */
async function measure (load, server, assignment) {
  await ask(server, 'start')
  const { requests, seconds } = await ask(load, assignment)
  return { rate: requests / seconds, ...perRequest(await ask(server, 'stop'), requests) }
}
