import type { FastifyError } from '@fastify/error'
import type { FastifyReply } from 'fastify'
import { InsufficientScope, Unauthorized } from '../errors.js'

/** Parameters of a challenge: `{ realm: 'shop' }`. Those that are undefined are left out. */
export type ChallengeParameters = Readonly<Record<string, string | undefined>>

/**
 * Returns the error to throw for credentials that are missing or wrong: FST_BLOCKING_UNAUTHORIZED, status
 * 401. Adds the challenge to the header `www-authenticate` of the reply: by which scheme a client may
 * authenticate ("Bearer", "Basic"), with the parameters of RFC 9110, 6750 and 7617.
 */
export function unauthorized (
  reply: FastifyReply, scheme: string, parameters: ChallengeParameters = {}
): FastifyError {
  addChallenge(reply, scheme, parameters)
  return new Unauthorized(`the credentials of scheme ${scheme} are not valid`)
}

/** Like unauthorized(), for a request without credentials. */
export function lacksCredentials (
  reply: FastifyReply, scheme: string, parameters: ChallengeParameters, where: string
): FastifyError {
  addChallenge(reply, scheme, parameters)
  return new Unauthorized(`there are no credentials of scheme ${scheme} in ${where}`)
}

/**
 * Returns the error to throw for a bearer token that lacks some of the scopes:
 * FST_BLOCKING_INSUFFICIENT_SCOPE, status 403. Adds the challenge of RFC 6750 to the reply, which tells the
 * scopes that are needed. `parameters`: others, such as `realm`.
 */
export function insufficientScope (
  reply: FastifyReply, scopes: readonly string[], parameters: ChallengeParameters = {}
): FastifyError {
  const scope = scopes.join(' ')
  addChallenge(reply, 'Bearer', { ...parameters, error: 'insufficient_scope', scope })
  return new InsufficientScope(scope)
}

/** Another guard of the same request may have added a challenge of its own. */
function addChallenge (reply: FastifyReply, scheme: string, parameters: ChallengeParameters): void {
  const list = Object.entries(parameters)
    .flatMap(([name, value]) => value === undefined ? [] : `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
    .join(', ')
  const challenge = list === '' ? scheme : `${scheme} ${list}`
  const before = reply.getHeader('www-authenticate')
  reply.header('www-authenticate', before === undefined ? challenge : `${String(before)}, ${challenge}`)
}
