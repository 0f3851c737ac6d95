import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Authenticator, NodeConnectionOptions } from '@nats-io/transport-node'
import { UsageError } from './usage-error.js'

/*
 * The part of the command line that says how a host reaches its broker. All of it is tried before the host
 * starts: later it would be a broker that refuses, which is tried again for as long as it takes.
 */

export const brokerUsage = `
  One of these, if the broker asks who connects:
  --user <name> --password <text>   or variables NATS_USER and NATS_PASSWORD
  --token <text>       or variable NATS_TOKEN
  --nkey <file>        file with the seed of an NKey
  --creds <file>       credentials file of NATS

  --tls                connect by TLS only, to a broker that Node's certificate authorities vouch for
  --ca <file>          connect by TLS only, to a broker that the authority of this certificate vouches for
  --cert <file> --key <file>        certificate and key of this host, if the broker asks for them; TLS only
`

export const brokerFlags = {
  user: { type: 'string' },
  password: { type: 'string' },
  token: { type: 'string' },
  nkey: { type: 'string' },
  creds: { type: 'string' },
  tls: { type: 'boolean', default: false },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' }
} as const

export interface BrokerValues {
  user?: string | undefined
  password?: string | undefined
  token?: string | undefined
  nkey?: string | undefined
  creds?: string | undefined
  tls: boolean
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
}

type TlsFiles = Pick<BrokerValues, 'tls' | 'ca' | 'cert' | 'key'>

/** `variables`: of the process, which arguments win over. Throws UsageError. */
export async function readBrokerFlags (
  values: BrokerValues, variables: NodeJS.ProcessEnv
): Promise<Partial<NodeConnectionOptions>> {
  return { ...await readIdentity(values, variables), ...readTls(values) }
}

async function readIdentity (
  { user, password, token, nkey, creds }: BrokerValues, variables: NodeJS.ProcessEnv
): Promise<Partial<NodeConnectionOptions>> {
  const ways = { '--user': user ?? password, '--token': token, '--nkey': nkey, '--creds': creds }
  const given = Object.entries(ways).flatMap(([flag, value]) => value === undefined ? [] : [flag])
  if (given.length > 1) throw new UsageError(`give one of ${given.join(' and ')}`)
  // Arguments are seen by all who may list the processes of a machine; variables are not.
  const { NATS_USER, NATS_PASSWORD, NATS_TOKEN } = variables
  if (token !== undefined) return { token }
  if (nkey !== undefined) return await readNkey(nkey)
  if (creds !== undefined) return await readCredentials(creds)
  if (given.length === 0 && NATS_TOKEN !== undefined) {
    if (NATS_USER === undefined) return { token: NATS_TOKEN }
    throw new UsageError('set one of NATS_USER and NATS_TOKEN')
  }
  const name = user ?? NATS_USER
  const pass = password ?? NATS_PASSWORD
  if (name === undefined && pass === undefined) return {}
  if (name === undefined) throw new UsageError('give --user, or NATS_USER, with the password')
  if (pass === undefined) throw new UsageError('give --password, or NATS_PASSWORD, with the user')
  return { user: name, pass }
}

async function readNkey (file: string): Promise<Partial<NodeConnectionOptions>> {
  const { nkeyAuthenticator } = await import('@nats-io/transport-node')
  // Read for each connection, so that a new seed needs no new process.
  const authenticator = nkeyAuthenticator(() => Buffer.from(read('--nkey', file).toString().trim()))
  return { authenticator: tried('--nkey', file, 'seed of an NKey', authenticator) }
}

async function readCredentials (file: string): Promise<Partial<NodeConnectionOptions>> {
  const { credsAuthenticator } = await import('@nats-io/transport-node')
  const authenticator = credsAuthenticator(() => read('--creds', file))
  return { authenticator: tried('--creds', file, 'credentials file of NATS', authenticator) }
}

function tried (flag: string, file: string, what: string, authenticator: Authenticator): Authenticator {
  try {
    authenticator('nonce')
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${flag}: ${file} is no ${what}: ${(error as Error).message}`)
  }
  return authenticator
}

function readTls ({ tls, ca, cert, key }: TlsFiles): Partial<NodeConnectionOptions> {
  if (cert === undefined && key !== undefined) throw new UsageError('give --cert with --key')
  if (key === undefined && cert !== undefined) throw new UsageError('give --key with --cert')
  if (ca !== undefined) {
    attempt(`--ca: ${ca} is no certificate`, () => new X509Certificate(read('--ca', ca)))
  }
  if (cert !== undefined && key !== undefined) {
    const pair = { cert: read('--cert', cert), key: read('--key', key) }
    attempt(`--cert and --key: ${cert} and ${key} are no pair`, () => createSecureContext(pair))
  }
  if (!tls && ca === undefined && cert === undefined) return {}
  return {
    tls: {
      ...(ca !== undefined && { caFile: ca }),
      ...(cert !== undefined && key !== undefined && { certFile: cert, keyFile: key })
    }
  }
}

function read (flag: string, file: string): Buffer {
  return attempt(`${flag}: ${file} cannot be read`, () => readFileSync(file))
}

function attempt<Result> (what: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${what}: ${(error as Error).message}`)
  }
}
