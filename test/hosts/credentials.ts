import { createHash, randomUUID } from 'node:crypto'
import { nkeys } from '@nats-io/transport-node'

/** A broker's `operator` and `resolver_preload`, and a credentials file, as `nsc` makes them. */
export interface Credentials {
  configuration: string
  file: string
}

type KeyPair = ReturnType<typeof nkeys.createUser>

export function createCredentials (): Credentials {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()]
  const any = -1
  const ofOperator = sign(operator, operator, { type: 'operator', version: 2 })
  const ofAccount = sign(account, operator, {
    type: 'account', version: 2, limits: { subs: any, data: any, payload: any, imports: any, exports: any, conn: any, leaf: any, wildcards: true }
  })
  const ofUser = sign(user, account, { type: 'user', version: 2, subs: any, data: any, payload: any })
  return {
    configuration: `operator: ${ofOperator}\nresolver: MEMORY\nresolver_preload: { ${account.getPublicKey()}: ${ofAccount} }\n`,
    file: `-----BEGIN NATS USER JWT-----\n${ofUser}\n------END NATS USER JWT------\n\n` +
      `-----BEGIN USER NKEY SEED-----\n${Buffer.from(user.getSeed()).toString()}\n------END USER NKEY SEED------\n`
  }
}

function sign (subject: KeyPair, issuer: KeyPair, nats: object): string {
  const claims = {
    jti: createHash('sha256').update(randomUUID()).digest('hex'),
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    nats
  }
  const signed = [{ typ: 'JWT', alg: 'ed25519-nkey' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`
}
