import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { brokerFlags } from '../../dist/host/broker-flags.js'
import { prometheusName } from '../../dist/insight/metrics/metric.js'
import { readMetrics } from '../../dist/insight/metrics/table.js'
import { runToEnd } from '../support/app-process.js'
import { findPort } from '../support/free-port.js'
import { lacksBroker, startBroker } from './broker.js'
import { lacksOpenssl } from './certificates.js'
import { startHost } from './host-process.js'

interface Secret { secretKeyRef: { name: string, key: string } }
interface Variable { name: string, value?: string, valueFrom?: Secret }
interface Mount { name: string, mountPath: string, subPath?: string }
interface Container {
  image: string
  command?: string[]
  args?: string[]
  env: Variable[]
  ports?: { name: string, containerPort: number }[]
  readinessProbe?: { httpGet?: { path: string, port: string }, tcpSocket?: { port: string } }
  lifecycle?: { preStop: { exec: { command: string[] } } }
  volumeMounts: Mount[]
}
interface Volume { name: string, configMap?: { name: string }, secret?: { secretName: string } }
interface Resource {
  apiVersion: string
  kind: string
  metadata: { name: string }
  data: Record<string, string>
  spec: {
    selector: Record<string, string> & { matchLabels: Record<string, string> }
    template: {
      metadata: { labels: Record<string, string>, annotations?: Record<string, string> }
      spec: { containers: [Container], volumes: Volume[], terminationGracePeriodSeconds?: number }
    }
    ports: { port: number, targetPort: string }[]
    podSelector: { matchLabels: Record<string, string> }
    ingress: [{ from: { podSelector: { matchLabels: Record<string, string> } }[], ports: { port: number }[] }]
    scaleTargetRef: { apiVersion: string, kind: string, name: string }
    minReplicas: number
    maxReplicas: number
    metrics: [{ external: { metric: { name: string }, target: { averageValue: string } } }]
  }
}
interface Service {
  image: string
  command: string[]
  environment: Record<string, string>
  stop_grace_period?: string
  ports?: string[]
  networks: string[]
  cpus?: number
}
interface Compose { services: Record<'broker' | 'server' | 'host', Service>, networks: { broker: { internal: boolean } } }

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'examples/hosts')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

const page = readFileSync(join(root, 'docs/scaling.md'), 'utf8')
const [, authorization] = /^```\n(authorization \{\n.*?)^```/ms.exec(page)!
const compose = parse(read('compose.yaml')) as Compose
const { broker: composeBroker, server: composeServer, host: composeHost } = compose.services
const resources = parseAllDocuments(read('kubernetes.yaml')).map((document) => {
  const [error] = document.errors
  if (error !== undefined) throw new Error(error.message)
  return document.toJS() as Resource
})
const manifest = JSON.parse(read('package.json')) as { name: string, version: string }

function find (kind: string, name: string): Resource {
  const found = resources.filter((resource) => resource.kind === kind && resource.metadata.name === name)
  if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name}`)
  return found[0]!
}

const podOf = (name: string) => find('Deployment', name).spec.template.spec
const containerOf = (name: string): Container => podOf(name).containers[0]
const variablesOf = (name: string) => new Map(containerOf(name).env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom!.secretKeyRef]))

/** ms until a host has ended, as docs/scaling.md says. */
const grace = Number(/grace: ([\d_]+)/.exec(read('app.js'))![1]!.replaceAll('_', ''))
const longestEnd = Math.max(5 * grace + 1_000, 3 * grace + 6_000)

t.test('compose.yaml and kubernetes.yaml run the command of a host, with flags that it has', async (t) => {
  const { stdout } = await runToEnd(t, [join(root, 'dist/host/command.js'), '--help'])
  const known = new Set(stdout.match(/--[a-z-]+/g))
  for (const flag of Object.keys(brokerFlags)) t.ok(known.has(`--${flag}`), flag)
  for (const command of [composeHost.command, containerOf('primes-host').command!]) {
    const [name, verb, module, ...flags] = command
    t.equal(`${name} ${verb} ${module}`, 'fastify-blocking worker ./app.js')
    for (const flag of flags.filter((part) => part.startsWith('--'))) t.ok(known.has(flag.split('=')[0]!), flag)
  }
  t.ok('fastify-blocking' in (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: object }).bin)
  t.same([composeServer.command, containerOf('primes-server').command], [['node', 'server.js'], ['node', 'server.js']])
  for (const [, copied] of read('Dockerfile').matchAll(/^COPY (.*) \.\/$/gm)) for (const name of copied!.split(' ')) t.ok(read(name), name)
})

t.test('addresses, ports, users and images agree', async (t) => {
  const image = `${manifest.name}:${manifest.version}`
  t.same([composeServer, composeHost, containerOf('primes-server'), containerOf('primes-host')].map(({ image }) => image), Array(4).fill(image))
  t.equal(composeBroker.image, containerOf('broker').image)
  const url = 'nats://broker:4222'
  const server = variablesOf('primes-server')
  t.same([composeServer.environment['NATS_URL'], server.get('NATS_URL')], [url, url])
  t.ok(composeHost.command.includes(url))
  t.ok(containerOf('primes-host').command!.includes(`--servers=${url}`))
  t.same(find('Service', 'broker').spec.ports[0], { name: 'nats', port: 4222, targetPort: 'nats' })
  t.equal(containerOf('broker').ports![0]!.containerPort, 4222)
  t.equal(find('NetworkPolicy', 'broker').spec.ingress[0].ports[0]!.port, 4222)
  const port = Number(server.get('PORT'))
  t.equal(containerOf('primes-server').ports![0]!.containerPort, port)
  t.equal(find('Service', 'primes').spec.ports[0]!.targetPort, containerOf('primes-server').ports![0]!.name)
  t.same(composeServer.ports, [`${composeServer.environment['PORT']}:${port}`])
  t.match(find('Deployment', 'primes-server').spec.template.metadata.annotations, { 'prometheus.io/port': String(port), 'prometheus.io/path': '/metrics' })

  const secretOf = (key: string) => ({ name: 'broker-passwords', key })
  const broker = variablesOf('broker')
  for (const user of ['server', 'host']) {
    const variable = `${user.toUpperCase()}_PASSWORD`
    t.same([broker.get(variable), variablesOf(`primes-${user}`).get('NATS_PASSWORD')], [secretOf(user), secretOf(user)])
    t.equal(variablesOf(`primes-${user}`).get('NATS_USER'), user)
    const { environment } = compose.services[user as 'server' | 'host']
    t.match(environment, { NATS_USER: user, NATS_PASSWORD: composeBroker.environment[variable] })
  }
  t.ok(composeBroker.ports === undefined && compose.networks.broker.internal, 'the broker is not published')
})

t.test('what selects pods, or mounts volumes, finds them', async (t) => {
  const deployments = resources.filter(({ kind }) => kind === 'Deployment')
  const labels = deployments.map(({ spec }) => spec.template.metadata.labels)
  for (const { spec } of deployments) {
    t.same(spec.selector.matchLabels, spec.template.metadata.labels)
    const { containers: [{ volumeMounts }], volumes } = spec.template.spec
    t.same(volumeMounts.map(({ name }) => name), volumes.map(({ name }) => name))
    for (const { configMap } of volumes) if (configMap !== undefined) t.ok(find('ConfigMap', configMap.name))
  }
  const policy = find('NetworkPolicy', 'broker').spec
  const selectors = [
    ...resources.filter(({ kind }) => kind === 'Service').map(({ spec }) => spec.selector),
    policy.podSelector.matchLabels, ...policy.ingress[0].from.map(({ podSelector }) => podSelector.matchLabels)
  ]
  for (const selector of selectors) t.ok(labels.some((label) => JSON.stringify(label) === JSON.stringify(selector)), JSON.stringify(selector))
})

t.test('a host, and a server, is not killed before it has ended', async (t) => {
  t.ok(page.includes(`with \`grace: 5_000\` a host ends within ${longestEnd / 1_000} s`))
  for (const { stop_grace_period: period } of [composeServer, composeHost]) t.ok(Number.parseInt(period!) * 1_000 > longestEnd)
  for (const name of ['primes-server', 'primes-host']) {
    const [, wait = '0'] = containerOf(name).lifecycle?.preStop.exec.command ?? []
    t.ok((podOf(name).terminationGracePeriodSeconds! - Number(wait)) * 1_000 > longestEnd, name)
  }
})

t.test('hosts are scaled by metrics that are exported', async (t) => {
  const { spec } = find('HorizontalPodAutoscaler', 'primes-host')
  t.ok(find(spec.scaleTargetRef.kind, spec.scaleTargetRef.name))
  t.ok(spec.minReplicas < spec.maxReplicas)
  const { external: { metric, target } } = spec.metrics[0]
  t.ok(containerOf('primes-host').command!.includes(`--threads=${target.averageValue}`))
  interface Rule { name: { as: string }, seriesQuery: string, metricsQuery: string }
  const { rules: { external: [rule] } } = parse(read('prometheus-adapter.yaml')) as { rules: { external: [Rule] } }
  t.equal(rule.name.as, metric.name)
  const exported = readMetrics.map(prometheusName)
  const named = `${rule.seriesQuery} ${rule.metricsQuery}`.match(/fastify_blocking_\w+/g)!
  t.same(new Set(named), new Set(['fastify_blocking_queue_length', 'fastify_blocking_threads']))
  for (const name of named) t.ok(exported.includes(name), name)
})

t.test('the broker has the permissions of the page', async (t) => {
  for (const file of [read('nats.conf'), find('ConfigMap', 'broker').data['nats.conf']!]) t.ok(file.endsWith(authorization!))
})

t.test('broker, server and host serve a request', { skip: lacksBroker || lacksOpenssl }, async (t) => {
  const app = join(t.testdir({}), 'primes')
  cpSync(folder, app, { recursive: true })
  mkdirSync(join(app, 'node_modules'))
  symlinkSync(root, join(app, 'node_modules/fastify-blocking'))
  const passwords = { SERVER_PASSWORD: 's1', HOST_PASSWORD: 'h1' }

  await t.test('as compose.yaml says', async (t) => {
    const broker = await startBroker(t, ['-c', join(app, 'nats.conf')], passwords)
    const fill = (variables: Record<string, string>) => Object.fromEntries(Object.entries(variables).map(([name, value]) =>
      [name, value.replace(/\$\{(\w+):\?\}/, (_all, name: keyof typeof passwords) => passwords[name])]))
    const { HOST, PORT, ...variables } = fill(composeServer.environment)
    const served = await serve(t, app, { ...variables, NATS_URL: broker.url })
    startHost(t, join(app, 'app.js'), broker.url, composeHost.command.slice(5), fill(composeHost.environment))
    t.same(await (await fetch(`${served.url}/primes/100`)).json(), { primes: 25 })
    t.equal((await fetch(`${served.url}/ready`)).status, 200)
    const metrics = await (await fetch(`${served.url}/metrics`)).text()
    t.match(metrics, /^fastify_blocking_queue_length\{registration="\/"\} 0$/m)
    t.match(metrics, /^fastify_blocking_threads\{registration="\/",state="busy"\} \d+$/m)
    t.equal(await served.stop(), 0)
  })

  await t.test('as kubernetes.yaml says, by TLS', async (t) => {
    const [, command] = /^openssl (req .*)$/m.exec(page)!
    execFileSync('openssl', command!.replace('DNS:broker', 'DNS:broker,DNS:localhost').split(' '), { cwd: app, stdio: 'ignore' })
    const configuration = find('ConfigMap', 'broker').data['nats.conf']!.replaceAll('/etc/nats/tls', app)
    const broker = await startBroker(t, ['-c', join(t.testdir({ 'nats.conf': configuration }), 'nats.conf')], passwords)
    const url = broker.url.replace('127.0.0.1', 'localhost')
    const ca = join(app, 'tls.crt')
    const fill = (name: string, password: string) => Object.fromEntries(containerOf(name).env.map(({ name, value }) => [name, value ?? password]))
    const { HOST, PORT, ...variables } = fill('primes-server', passwords.SERVER_PASSWORD)
    const served = await serve(t, app, { ...variables, NATS_URL: url, NATS_CA: ca })
    const flags = containerOf('primes-host').command!.slice(4).map((flag) => flag.replace('/etc/broker/ca.crt', ca))
    startHost(t, join(app, 'app.js'), url, flags, fill('primes-host', passwords.HOST_PASSWORD))
    t.same(await (await fetch(`${served.url}/primes/10`)).json(), { primes: 4 })
    t.equal(await served.stop(), 0)
  })
})

t.test('each block of the page is run, or read', async (t) => {
  const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language, text]) => ({ language: language!, text: text! }))
  t.same(blocks.map(({ language }) => language), ['js', 'sh', 'sh', 'sh', ''], 'the last one is the configuration of the broker')
  for (const { language, text } of blocks) if (language === 'sh') execFileSync('sh', ['-n'], { input: text })

  await t.test('the app is served by the command of a host', { skip: lacksBroker }, async (t) => {
    const [app, command] = blocks.map(({ text }) => text) as [string, string]
    const broker = await startBroker(t)
    const folder = t.testdir({
      'package.json': '{ "type": "module" }',
      'app.js': app.replace('nats://broker:4222', broker.url).replace('maxThreads: 2', 'maxThreads: 0'),
      'server.js': "import { build } from './app.js'\nconst app = await build()\nawait app.listen({ port: Number(process.env.PORT) })\n",
      node_modules: { 'fastify-blocking': t.fixture('symlink', root) }
    })
    const [runner, name, verb, module, ...flags] = command.trim().split(' ')
    t.equal([runner, name, verb].join(' '), 'npx fastify-blocking worker')
    const { url } = await serve(t, folder, {})
    startHost(t, join(folder, module!), broker.url, flags.map((part) => part.replace('nats://broker:4222', broker.url).replace(/^8$/, '1')))
    t.same(await (await fetch(`${url}/report`)).json(), { pages: 12 })
  })
})

interface Served {
  url: string
  /** Resolves with the exit code. */
  stop (): Promise<unknown>
}

/** Runs server.js of a folder. */
async function serve (t: Test, folder: string, variables: Record<string, string>): Promise<Served> {
  const { NODE_OPTIONS, ...env } = process.env
  const port = await findPort()
  const child = spawn(process.execPath, ['server.js'], {
    cwd: folder, env: { ...env, ...variables, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  const stop = async (): Promise<unknown> => {
    child.kill()
    return (await exited)[0]
  }
  t.teardown(stop)
  const listening = (async () => {
    for await (const line of createInterface(child.stdout)) if (line.includes('Server listening')) return
    throw new Error('the server has ended before it listened')
  })()
  await listening
  child.stdout.resume()
  return { url: `http://127.0.0.1:${port}`, stop }
}
