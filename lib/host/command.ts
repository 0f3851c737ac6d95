#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import { brokerFlags, brokerUsage, readBrokerFlags } from './broker-flags.js'
import { Host } from './host.js'
import { UsageError } from './usage-error.js'

/*
 * The command `fastify-blocking worker`: a worker host.
 */

const usage = `fastify-blocking worker <module> --servers <url,…>

Runs the blocking routes of an app for servers that have option remote: nats({ servers }).
<module> is the module that the server names in option app.

  --servers <url,…>    NATS servers, nats://broker:4222
  --threads <n>        threads for each registration (default: one for each processor)
  --concurrency <n>    requests that a thread may have at once (default: as on the server)
  --name <name>        name of this host in stats() and logs (default: name of the machine and process id)
  --options <json>     what the factory or the plugin is called with (default: as on the server)
  --app <name>         name of the app, if the server says nats({ app }) (default: of the package and module)
  --version <version>  version of the app (default: that of its package.json)
  --log-level <level>  (default: info)
${brokerUsage}`

const options = {
  servers: { type: 'string' },
  threads: { type: 'string' },
  concurrency: { type: 'string' },
  name: { type: 'string' },
  options: { type: 'string' },
  app: { type: 'string' },
  version: { type: 'string' },
  ...brokerFlags,
  'log-level': { type: 'string', default: 'info' },
  help: { type: 'boolean', default: false }
} as const

async function run (): Promise<void> {
  const { values, positionals: [command, module, ...rest] } = parse()
  if (values.help) return console.log(usage)
  if (command !== 'worker') throw new UsageError(`there is no command ${command ?? ''}`)
  if (module === undefined || rest.length > 0) throw new UsageError('give one module')
  if (values.servers === undefined) throw new UsageError('give --servers')
  const file = resolve(module)
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`)
  const { log } = Fastify({ logger: { level: values['log-level'] } })
  const host = new Host({
    connection: { servers: values.servers.split(','), ...await readBrokerFlags(values, process.env) },
    module: pathToFileURL(file).href,
    name: values.name ?? `${hostname()}-${process.pid}`,
    threads: readCount('--threads', values.threads) ?? availableParallelism(),
    concurrency: readCount('--concurrency', values.concurrency),
    options: readObject('--options', values.options),
    app: values.app,
    version: values.version,
    log
  })
  await host.start()
  let isLeaving = false
  const leave = async (signal: string): Promise<void> => {
    // Whoever asks twice does not want to wait.
    if (isLeaving) process.exit(1)
    isLeaving = true
    log.info(`fastify-blocking: ${signal}: the host takes nothing more, and finishes what runs`)
    await host.close()
    process.exit(0)
  }
  process.on('SIGTERM', leave)
  process.on('SIGINT', leave)
}

function parse () {
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readObject (what: string, text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${what} is no JSON: ${(error as Error).message}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new UsageError(`${what} is an object as JSON, not ${text}`)
}

function readCount (what: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isInteger(count) && count > 0) return count
  throw new UsageError(`${what} is a number from 1 on, not ${text}`)
}

run().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\nfastify-blocking --help lists all options`)
  process.exitCode = 2
})
