import Fastify from 'fastify'
import { type Dependency, dependency } from 'fastify-blocking'
import { apiKey, basic, type BasicCredentials, bearer, insufficientScope, requiredScopes, unauthorized, withScopes } from 'fastify-blocking/security'
import { expect, test } from 'tstyche'

const app = Fastify()
const user = dependency({ security: [{ oauth: ['read'] }, { apiKey: [] }], dependencies: { token: bearer(), scopes: requiredScopes } },
  (_request, { token, scopes }, reply) => {
    expect(token).type.toBe<string>()
    expect(scopes).type.toBe<readonly string[]>()
    if (token === '') throw unauthorized(reply, 'Bearer', { error: 'invalid_token', realm: undefined })
    if (scopes.length > 5) throw insufficientScope(reply, scopes)
    return { id: 5 }
  })

test('a use with scopes has the type of the dependency', () => {
  expect(withScopes(user, ['read'])).type.toBe<typeof user>()
  expect(withScopes).type.not.toBeCallableWith(user, 'read')
  expect(withScopes).type.not.toBeCallableWith(() => 5, ['read'])
  app.get('/', { dependencies: { user: withScopes(user, ['read']) } }, (request) => expect(request.dependencies.user).type.toBe<{ id: number }>())
})

test('credentials are texts, and undefined only where they are optional', () => {
  expect(bearer()).type.toBe<Dependency<string>>()
  expect(bearer({ realm: 'shop', schemeName: 'oauth' })).type.toBe<Dependency<string>>()
  expect(bearer({ optional: true })).type.toBe<Dependency<string | undefined>>()
  expect(basic({ realm: 'shop' })).type.toBe<Dependency<BasicCredentials>>()
  expect(basic({ realm: 'shop', optional: true })).type.toBe<Dependency<BasicCredentials | undefined>>()
  expect(basic).type.not.toBeCallableWith({})
  expect(apiKey({ in: 'cookie', name: 'key' })).type.toBe<Dependency<string>>()
  expect(apiKey).type.not.toBeCallableWith({ in: 'body', name: 'key' })
})

test('requirements are lists of objects of scopes', () => {
  // @ts-expect-error Type 'string' is not assignable
  dependency({ security: [{ oauth: 'read' }] }, () => 5)
  // @ts-expect-error does not exist in type
  dependency({ lifetime: 'app', security: [{ oauth: [] }] }, () => 5)
})
