import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'

type Module = typeof import('../../dist/loop/response/unpatched-response.js')

const create = (): ServerResponse => new ServerResponse(new IncomingMessage(new Socket()))

/** As if the package had been loaded just now. */
async function load (name: string): Promise<Module['isUnpatchedResponse']> {
  const { isUnpatchedResponse } = await import(`../../dist/loop/response/unpatched-response.js?${name}`) as Module
  return isUnpatchedResponse
}

t.test('a response as Node has made it is plain', async (t) => {
  const isUnpatchedResponse = await load('plain')
  t.ok(isUnpatchedResponse(create()))
})

t.test('one of another class is not', async (t) => {
  const isUnpatchedResponse = await load('class')
  class Other extends ServerResponse {}
  t.notOk(isUnpatchedResponse(new Other(new IncomingMessage(new Socket()))))
})

for (const method of ['write', 'end'] as const) {
  t.test(`nor one with another ${method}()`, async (t) => {
    const isUnpatchedResponse = await load(`own-${method}`)
    const response = create()
    response[method] = response[method].bind(response) as never
    t.notOk(isUnpatchedResponse(response))
  })

  for (const when of ['before', 'after']) {
    t.test(`nor any where an agent has replaced ${method}() of all, ${when} the package was loaded`, async (t) => {
      const before = when === 'after' ? await load(`after-${method}`) : undefined
      const { [method]: original } = ServerResponse.prototype
      Object.defineProperty(ServerResponse.prototype, method, { value (...parameters: never) { return Reflect.apply(original, this, parameters) }, configurable: true })
      t.teardown(() => Reflect.deleteProperty(ServerResponse.prototype, method))
      const isUnpatchedResponse = before ?? await load(`before-${method}`)
      t.notOk(isUnpatchedResponse(create()))
    })
  }
}
