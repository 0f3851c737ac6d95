import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { credsAuthenticator, nkeyAuthenticator, nkeys, type NodeConnectionOptions } from '@nats-io/transport-node'
import t, { type Test } from 'tap'
import { runToEnd } from '../support/app-process.js'
import { type Broker, lacksBroker, startBroker } from './broker.js'
import { createAuthority, createCertificate, lacksOpenssl } from './certificates.js'
import { createCredentials } from './credentials.js'
import { type HostProcess, startHost } from './host-process.js'
import { module, startServer } from './server.js'

const page = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8')

/** A way to connect that is right, for the server and for the command of the host, and one that is wrong. */
interface Way {
  server: Partial<NodeConnectionOptions>
  host: Access
  wrong: Access
}

interface Access {
  flags?: string[]
  variables?: Record<string, string>
}

t.test('a broker asks who connects', { skip: lacksBroker }, async (t) => {
  const folder = t.testdir()
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  await t.test('by user and password, with what the page permits to each', async (t) => {
    const [, authorization] = /^```\n(authorization \{\n.*?)^```/ms.exec(page)!
    const passwords = { SERVER_PASSWORD: 'of-the-server', HOST_PASSWORD: 'of-the-host' }
    const broker = await startConfigured(t, authorization!, passwords)
    const { host } = await tryWay(t, broker, {
      server: { user: 'server', pass: passwords.SERVER_PASSWORD },
      host: { flags: ['--user', 'host', '--password', passwords.HOST_PASSWORD] },
      wrong: { flags: ['--user', 'host', '--password', passwords.SERVER_PASSWORD] }
    })
    t.notOk(host.lines.some((line) => line.includes('Permissions Violation')))
  })

  await t.test('by user and password that are in variables', async (t) => {
    const broker = await startConfigured(t, 'authorization { user: app, password: secret }')
    await tryWay(t, broker, {
      server: { user: 'app', pass: 'secret' },
      host: { variables: { NATS_USER: 'app', NATS_PASSWORD: 'secret' } },
      wrong: { variables: { NATS_USER: 'app', NATS_PASSWORD: 'other' } }
    })
  })

  await t.test('by token', async (t) => {
    const broker = await startConfigured(t, 'authorization { token: secret }')
    await tryWay(t, broker, {
      server: { token: 'secret' }, host: { flags: ['--token', 'secret'] }, wrong: { variables: { NATS_TOKEN: 'other' } }
    })
  })

  await t.test('by token that is in a variable', async (t) => {
    const broker = await startConfigured(t, 'authorization { token: secret }')
    await tryWay(t, broker, { server: { token: 'secret' }, host: { variables: { NATS_TOKEN: 'secret' } }, wrong: {} })
  })

  await t.test('by NKey', async (t) => {
    const [user, other] = [nkeys.createUser(), nkeys.createUser()]
    const seed = file('seed.nk', `${Buffer.from(user.getSeed()).toString()}\n`)
    const wrong = file('other.nk', Buffer.from(other.getSeed()).toString())
    const broker = await startConfigured(t, `authorization { users = [{ nkey: ${user.getPublicKey()} }] }`)
    await tryWay(t, broker, {
      server: { authenticator: nkeyAuthenticator(user.getSeed()) }, host: { flags: ['--nkey', seed] }, wrong: { flags: ['--nkey', wrong] }
    })
  })

  await t.test('by a credentials file, which is read again for each connection', async (t) => {
    const { configuration, file: credentials } = createCredentials()
    const creds = file('user.creds', credentials)
    const wrong = file('wrong.creds', createCredentials().file)
    const broker = await startConfigured(t, configuration)
    const { host, isServed } = await tryWay(t, broker, {
      server: { authenticator: credsAuthenticator(Buffer.from(credentials)) }, host: { flags: ['--creds', creds] }, wrong: { flags: ['--creds', wrong] }
    })
    await broker.stop()
    await host.logs('there is no connection to NATS')
    renameSync(creds, `${creds}.away`)
    await broker.start()
    await host.logs('cannot be read')
    renameSync(`${creds}.away`, creds)
    await host.logs('connected to NATS again')
    t.ok(await isServed())
  })

  await t.test('by TLS', { skip: lacksOpenssl }, async (t) => {
    const authority = createAuthority(folder, 'authority')
    const other = createAuthority(folder, 'other')
    const ofBroker = createCertificate(folder, 'broker', authority, 'DNS:localhost')
    const ofClient = createCertificate(folder, 'client', authority, 'DNS:client')
    const tls = `cert_file: "${ofBroker.certificate}", key_file: "${ofBroker.key}"`
    const ca = authority.certificate

    await t.test('with an authority of its own', async (t) => {
      const broker = await startNamed(t, `tls { ${tls} }`)
      await tryWay(t, broker, {
        server: { tls: { caFile: ca } }, host: { flags: ['--ca', ca] }, wrong: { flags: ['--ca', other.certificate] }
      })
      const unknown = startHost(t, module, broker.url, ['--tls'])
      await unknown.logs('unable to verify')
      // Node reads the variable, as that of any process.
      const known = startHost(t, module, broker.url, ['--tls', '--name', 'known'], { NODE_EXTRA_CA_CERTS: ca })
      await known.logs(' is built; threads: ')
    })

    await t.test('and asks for certificates', async (t) => {
      const broker = await startNamed(t, `tls { ${tls}, ca_file: "${ca}", verify: true }`)
      const { certificate, key } = ofClient
      await tryWay(t, broker, {
        server: { tls: { caFile: ca, certFile: certificate, keyFile: key } },
        host: { flags: ['--ca', ca, '--cert', certificate, '--key', key] },
        wrong: { flags: ['--ca', ca] }
      })
    })

    await t.test('without which nothing is said to a broker', async (t) => {
      const broker = await startBroker(t)
      for (const flags of [['--tls'], ['--ca', ca]]) {
        await startHost(t, module, broker.url, flags).logs('server does not support \'tls\'')
      }
    })

    await t.test('and the command refuses files that are wrong', async (t) => {
      await refuses(t, ['--ca', ofBroker.key], 'is no certificate')
      await refuses(t, ['--cert', ofClient.certificate, '--key', ofBroker.key], 'are no pair')
    })
  })

  await t.test('and the command refuses what cannot be meant', async (t) => {
    const text = file('text', 'text')
    await refuses(t, ['--user', 'app'], 'give --password')
    await refuses(t, ['--password', 'secret'], 'give --user')
    await refuses(t, ['--token', 'secret', '--nkey', text], 'give one of --token and --nkey')
    await refuses(t, [], 'one of NATS_USER and NATS_TOKEN', { NATS_USER: 'app', NATS_TOKEN: 'secret' })
    await refuses(t, ['--nkey', text], 'is no seed of an NKey')
    await refuses(t, ['--nkey', join(folder, 'none')], 'cannot be read')
    await refuses(t, ['--creds', text], 'is no credentials file of NATS')
    await refuses(t, ['--creds', join(folder, 'none')], 'cannot be read')
    await refuses(t, ['--ca', text], 'is no certificate')
    await refuses(t, ['--ca', join(folder, 'none')], 'cannot be read')
    await refuses(t, ['--cert', text], 'give --key')
    await refuses(t, ['--key', text], 'give --cert')
    await refuses(t, ['--cert', text, '--key', text], 'are no pair')
  })
})

async function startConfigured (t: Test, configuration: string, variables: Record<string, string> = {}): Promise<Broker> {
  return await startBroker(t, ['-c', join(t.testdir({ 'nats.conf': configuration }), 'nats.conf')], variables)
}

/** The client of NATS compares a certificate with a name, never with an address. */
async function startNamed (t: Test, configuration: string): Promise<Broker> {
  const broker = await startConfigured(t, configuration)
  return { ...broker, url: broker.url.replace('127.0.0.1', 'localhost') }
}

/** A server and a host that have the right way find each other, a host that has the wrong one is refused. */
async function tryWay (t: Test, broker: Broker, { server, host: right, wrong }: Way): Promise<{ host: HostProcess, isServed (): Promise<boolean> }> {
  const app = await startServer(t, { servers: broker.url, connection: server })
  const refused = startHost(t, module, broker.url, wrong.flags, wrong.variables)
  await refused.logs('there is no connection to NATS')
  const host = startHost(t, module, broker.url, right.flags, right.variables)
  const isServed = async () => (await app.inject('/where')).json<{ process: number }>().process === host.child.pid
  t.ok(await isServed())
  t.equal(app.blocking.stats().hosts?.length, 1)
  t.notOk(refused.lines.some((line) => line.includes(' is built; threads: ')))
  return { host, isServed }
}

async function refuses (t: Test, flags: string[], what: string, variables: Record<string, string> = {}): Promise<void> {
  const command = new URL('../../dist/host/command.js', import.meta.url).pathname
  const parameters = [command, 'worker', new URL(module).pathname, '--servers', 'nats://127.0.0.1:1', ...flags]
  const { code, stderr } = await runToEnd(t, parameters, variables)
  t.equal(code, 2)
  const said = stderr.split('\n')[0]!
  t.ok(said.includes(what), said)
}
