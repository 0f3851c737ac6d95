import { createReadStream } from 'node:fs'
import Fastify from 'fastify'
import type { CallOptions, Offloaded, OffloadOptions, OnLoop } from 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()
const { offload, onLoop } = app.blocking

interface Page { title: string, bytes: Uint8Array }

test('an offloaded function has the arguments of its function, and a promise of what it gives', () => {
  const render = offload('render', (title: string, scale?: number): Page => ({ title, bytes: new Uint8Array(scale ?? 1) }))
  expect(render).type.toBe<Offloaded<[title: string, scale?: number], Page>>()
  expect(render('a')).type.toBe<Promise<Page>>()
  expect(render('a', 2)).type.toBe<Promise<Page>>()
  // @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string'
  render(5)
  // @ts-expect-error Expected 1-2 arguments, but got 0
  render()
  // @ts-expect-error Expected 1-2 arguments, but got 3
  render('a', 2, 3)
})

test('of an async function it is what its promise gives', () => {
  const load = offload('load', async (id: number) => ({ id, at: new Date() }))
  expect(load(5)).type.toBe<Promise<{ id: number, at: Date }>>()
  const all = offload('all', (...ids: number[]) => ids)
  expect(all(1, 2, 3)).type.toBe<Promise<number[]>>()
  const nothing = offload('nothing', () => {})
  expect(nothing()).type.toBe<Promise<void>>()
  const union = offload('union', (id: number | string) => typeof id === 'number' ? id : Promise.resolve(id))
  expect(union('a')).type.toBe<Promise<number | string>>()
})

test('an argument with a default value keeps its type, and may be left out', () => {
  const add = offload('add', function add (a: number, b = 1, ...rest: number[]) { return a + b + rest.length })
  expect(add).type.toBe<Offloaded<[a: number, b?: number, ...rest: number[]], number>>()
  expect(add(1)).type.toBe<Promise<number>>()
  expect(add(1, 2, 3)).type.toBe<Promise<number>>()
  expect(add).type.not.toBeCallableWith()
  expect(add).type.not.toBeCallableWith(1, '2')
  const scaled = offload('scaled', { timeout: 5 }, async (title: string, { scale = 2 } = {}) => title.length * scale)
  expect(scaled('a', { scale: 3 })).type.toBe<Promise<number>>()
  expect(scaled.with({})('a')).type.toBe<Promise<number>>()
  const audit = onLoop('audit', (who: string, cents = 0) => `${who} ${cents}`)
  expect(audit.sync('ada')).type.toBe<string>()
  expect(audit).type.not.toBeCallableWith('ada', '5')
})

test('options come between', () => {
  const render = offload('render', { timeout: 5_000, priority: 1, concurrency: 2 }, (title: string) => title.length)
  expect(render('a')).type.toBe<Promise<number>>()
  expect<OffloadOptions>().type.toBe<{ timeout?: number, terminate?: boolean, priority?: number, concurrency?: number, where?: 'local' | 'remote' | 'any' }>()
  // @ts-expect-error 'tiemout' does not exist
  offload('render', { tiemout: 5 }, () => {})
  // @ts-expect-error Expected 2-3 arguments, but got 1
  offload(() => {})
  // @ts-expect-error Argument of type 'number' is not assignable to parameter of type
  offload('render', 5)
})

test('a signal is given with the call', () => {
  const render = offload('render', (title: string) => title.length)
  const { signal } = new AbortController()
  expect(render.with({ signal })('a')).type.toBe<Promise<number>>()
  expect(render.with({})).type.toBe<(title: string) => Promise<number>>()
  expect<CallOptions['signal']>().type.toBe<AbortSignal | undefined>()
  // @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string'
  render.with({ signal })(5)
  // @ts-expect-error 'singal' does not exist
  render.with({ singal: signal })
})

test('a function of the loop gives a promise, or with sync() the value', () => {
  const audit = onLoop('audit', async (who: string, cents: number) => `${who} ${cents}`)
  expect(audit).type.toBe<OnLoop<[who: string, cents: number], Promise<string>>>()
  expect(audit('ada', 5)).type.toBe<Promise<string>>()
  expect(audit.sync('ada', 5)).type.toBe<string>()
  // @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'string'
  audit.sync(5, 5)
  // @ts-expect-error Expected 2 arguments, but got 1
  audit('ada')
})

test('transfer() gives its value', () => {
  const { transfer } = app.blocking
  const page: Page = { title: 'a', bytes: new Uint8Array(5) }
  expect(transfer(page, [page.bytes.buffer as ArrayBuffer])).type.toBe<Page>()
  expect(transfer(new ArrayBuffer(5), [])).type.toBe<ArrayBuffer>()
  // @ts-expect-error Argument of type 'string' is not assignable to parameter of type 'object'
  transfer('a', [])
  // @ts-expect-error Type 'ReadStream' is not assignable to type 'Transferable'
  transfer(page, [createReadStream('a')])
})

test('the signal may not be there', () => {
  expect(app.blocking.signal).type.toBe<AbortSignal | undefined>()
  // @ts-expect-error because it is a read-only property
  app.blocking.signal = undefined
})
