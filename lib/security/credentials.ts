import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  type Dependency, dependency, type DependencyHook, type SecurityRequirement
} from '../dependencies/dependency.js'
import { check } from '../options/validate.js'
import { type ChallengeParameters, lacksCredentials } from './challenges.js'

/*
 * Dependencies that read the credentials of a request, and answer 401 if there are none. Whether credentials
 * are right is for the app to tell.
 */

export interface CredentialsOptions {
  /** Name of the security scheme in the OpenAPI page. Default: "bearer", "basic" or "apiKey". */
  schemeName?: string
  /** Whether the value is undefined, in place of an error, if there are no credentials. Default: false. */
  optional?: boolean
  /** When they are read, see `dependency()`. Default: "handler". */
  hook?: DependencyHook
}

export interface BearerOptions extends CredentialsOptions {
  /** `realm` of the challenge. Default: none. */
  realm?: string
}

export interface BasicOptions extends CredentialsOptions {
  /** `realm` of the challenge, which browsers show to users. */
  realm: string
}

export interface ApiKeyOptions extends CredentialsOptions {
  /** Where the key is. */
  in: 'header' | 'query' | 'cookie'
  /** Name of the header, the parameter or the cookie. */
  name: string
}

/** What a client has sent by the scheme Basic. */
export interface BasicCredentials {
  username: string
  password: string
}

/**
 * Makes a dependency that gives the token of `authorization: Bearer …`. Without one it throws
 * FST_BLOCKING_UNAUTHORIZED, status 401. Throws FST_BLOCKING_INVALID_OPTION.
 */
export function bearer (options?: BearerOptions & { optional?: false }): Dependency<string>
export function bearer (options: BearerOptions): Dependency<string | undefined>
export function bearer (options: BearerOptions = {}): Dependency<string | undefined> {
  check('bearer', options, 'bearer(): option ')
  const challenge: Challenge = ['Bearer', { realm: options.realm }, 'header authorization']
  return dependency(describe(options, 'bearer'), function bearer (request, _dependencies, reply) {
    const [, token] = /^bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? []
    return giveOrRefuse(token, options, reply, challenge)
  })
}

/**
 * Makes a dependency that gives user name and password of `authorization: Basic …`. Without them it throws
 * FST_BLOCKING_UNAUTHORIZED, status 401. Throws FST_BLOCKING_INVALID_OPTION.
 */
export function basic (options: BasicOptions & { optional?: false }): Dependency<BasicCredentials>
export function basic (options: BasicOptions): Dependency<BasicCredentials | undefined>
export function basic (options: BasicOptions): Dependency<BasicCredentials | undefined> {
  check('basic', options, 'basic(): option ')
  const challenge: Challenge = ['Basic', { realm: options.realm, charset: 'UTF-8' }, 'header authorization']
  return dependency(describe(options, 'basic'), function basic (request, _dependencies, reply) {
    return giveOrRefuse(readBasic(request), options, reply, challenge)
  })
}

/**
 * Makes a dependency that gives the API key of a header, of a parameter of the query, or of a cookie, which
 * needs @fastify/cookie. Without one it throws FST_BLOCKING_UNAUTHORIZED, status 401. Throws
 * FST_BLOCKING_INVALID_OPTION.
 */
export function apiKey (options: ApiKeyOptions & { optional?: false }): Dependency<string>
export function apiKey (options: ApiKeyOptions): Dependency<string | undefined>
export function apiKey (options: ApiKeyOptions): Dependency<string | undefined> {
  check('apiKey', options, 'apiKey(): option ')
  const { in: place, name } = options
  const key = place === 'header' ? name.toLowerCase() : name
  const challenge: Challenge = ['APIKey', {}, `${place} ${name}`]
  const reading = dependency(describe(options, 'apiKey'), function apiKey (request, _dependencies, reply) {
    const value: unknown = Reflect.get(partsOf(request)[place] ?? {}, key)
    const given = typeof value === 'string' && value !== '' ? value : undefined
    return giveOrRefuse(given, options, reply, challenge)
  })
  return place === 'cookie' ? Object.freeze({ ...reading, readsCookies: true as const }) : reading
}

function partsOf (
  request: FastifyRequest & { cookies?: object }
): Record<ApiKeyOptions['in'], object | undefined> {
  const { headers, query, cookies } = request
  return { header: headers, query: query as object, cookie: cookies }
}

function readBasic ({ headers: { authorization = '' } }: FastifyRequest): BasicCredentials | undefined {
  const [, encoded] = /^basic +([\w.~+/-]+=*)$/i.exec(authorization) ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  // eslint-disable-next-line no-control-regex -- RFC 7617 excludes control characters
  if (colon === -1 || /[\x00-\x1f\x7f]/.test(text)) return undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Options of the dependency: it runs on the loop, since it reads no more than texts. */
function describe (
  { schemeName, optional = false, hook = 'handler' }: CredentialsOptions, defaultName: string
) {
  const required: SecurityRequirement = { [schemeName ?? defaultName]: [] }
  return { blocking: false, hook, security: optional ? [{}, required] : [required] }
}

/** Scheme, its parameters, and where the credentials are expected. */
type Challenge = [scheme: string, parameters: ChallengeParameters, where: string]

function giveOrRefuse<Credentials> (
  found: Credentials | undefined,
  { optional = false }: CredentialsOptions,
  reply: FastifyReply,
  challenge: Challenge
): Credentials | undefined {
  if (found === undefined && !optional) throw lacksCredentials(reply, ...challenge)
  return found
}
