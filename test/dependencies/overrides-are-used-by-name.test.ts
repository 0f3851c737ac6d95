import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { until } from '../support/until.js'
import { build, held, kinds, lines, other, sides, told } from './fixtures/overridden.js'

const app = await build()
t.teardown(() => app.close())

t.beforeEach(async () => {
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  lines.length = 0
})

async function ask (url: string, from: FastifyInstance = app): Promise<Record<string, unknown>> {
  const answer = await from.inject(url)
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json()
}

/** Lets the requests go on that wait, the last one first. */
function release (): void {
  for (const go of held.splice(0).reverse()) go()
}

/** Three requests, of which the second begins while the override is used. All wait, and go on when it is used no more. */
async function askDuring (url: string, name: string): Promise<Record<string, unknown>[]> {
  const before = ask(url)
  await until('the first waits', () => held.length === 1)
  const override = app.useOverride(name)
  const during = ask(url)
  await until('the second waits', () => held.length === 2)
  override[Symbol.dispose]()
  const after = ask(url)
  await until('the third waits', () => held.length === 3)
  release()
  return await Promise.all([before, during, after])
}

for (const side of sides) {
  for (const handler of sides) {
    const real = { weather: [`weather on the ${side}`, `key on the ${other(side)}`], handler }

    for (const fakeSide of sides) {
      for (const kind of kinds) {
        const name = `${side} by ${kind} on the ${fakeSide}`
        const fake = { weather: [`fake on the ${fakeSide}`, `base on the ${other(fakeSide)}`], handler }
        const at = `${name}, handler on the ${handler}`

        t.test(`requests have the fake while it is used, and those beside it too: ${at}`, async (t) => {
          t.same(await ask(`/${side}/${handler}`), real)
          lines.length = 0
          const answers = await app.withOverride(name, () => Promise.all([1, 2, 3].map(() => ask(`/${side}/${handler}`))))
          t.same(answers, [fake, fake, fake])
          const ends = kind === 'generator' ? Array.from(answers, () => `fake ended on the ${fakeSide}`) : []
          await until('all have ended', () => told().length >= ends.length)
          t.same(told(), ends, 'nothing of the real one has begun')
          t.same(await ask(`/${side}/${handler}`), real)
        })

        if (kind === 'generator') {
          t.test(`an error of the handler is thrown into the fake: ${at}`, async (t) => {
            const answer = await app.withOverride(name, () => app.inject(`/throws/${side}/${handler}`))
            t.equal(answer.json().message, 'thrown')
            await until('it has been told', () => told().length > 0)
            t.same(told(), ['fake: thrown'])
          })
        }
      }
    }

    t.test(`a request that has begun keeps what it has begun with: the first on the ${side}, handler on the ${handler}`, async (t) => {
      const answers = await askDuring(`/late/${side}/${handler}`, `late after the ${side}`)
      const ways = ['late', 'fake of late', 'late'].map((name) => ({ late: [`${name} on the ${other(side)}`, 'held'], handler }))
      t.same(answers, ways)
    })

    t.test(`so does one whose guard has begun in a hook: the real one on the ${side}, handler on the ${handler}`, async (t) => {
      for (const fakeSide of sides) {
        const answers = await askDuring(`/guarded/${side}/${handler}?holds=guard`, `${side} by generator on the ${fakeSide}`)
        const fake = { weather: [`fake on the ${fakeSide}`, `base on the ${other(fakeSide)}`], handler }
        t.same(answers, [real, fake, real])
      }
    })
  }

  t.test(`several are used at a time, also one that only a fake needs: on the ${side}`, async (t) => {
    const outer = [`outer on the ${side}`]
    t.same(await ask(`/outer/${side}`), { outer, handler: 'worker' })
    await app.withOverride(`inner on the ${side}`, async () => {
      t.same(await ask(`/outer/${side}`), { outer, handler: 'worker' })
      await app.withOverride(`outer on the ${side}`, async () => {
        const both = [`fake of outer on the ${other(side)}`, `fake of inner on the ${other(side)}`]
        t.same(await ask(`/outer/${side}`), { outer: both, handler: 'worker' })
      })
      t.same(await ask(`/outer/${side}`), { outer, handler: 'worker' })
    })
    const one = [`fake of outer on the ${other(side)}`, `inner on the ${side}`]
    t.same(await app.withOverride(`outer on the ${side}`, () => ask(`/outer/${side}`)), { outer: one, handler: 'worker' })
  })

  t.test(`a fake may run in an earlier hook than the real one: the real one on the ${side}`, async (t) => {
    t.same(await ask(`/user/${side}`), { user: [`user on the ${side}`], handler: side })
    const fake = await app.withOverride(`early user of the ${side}`, () => ask(`/user/${side}`))
    t.same(fake, { user: ['early on the loop'], handler: side })
    await until('it has ended', () => told().length === 1)
    t.same(told(), ['early ended on the loop'])
  })

  t.test(`values of lifetime "app" are made once, at boot: on the ${side}`, async (t) => {
    const rows = async (name: string) => t.same(await ask(`/rows/${side}`), { rows: [`rows on the ${side}`, `${name} 1 on the ${side}`], handler: 'worker' })
    await rows('db')
    await app.withOverride(`db on the ${side}`, async () => {
      await rows('fake db')
      await rows('fake db')
    })
    await rows('db')
  })

  t.test(`fakes of lifetime "app" end with the app: on the ${side}`, async (t) => {
    const own = await build()
    await own.ready()
    await own.close()
    const closed = told().filter((line) => line.endsWith(`closed on the ${side}`))
    t.same(closed.sort(), ['db', 'fake db'].map((name) => `${name} closed on the ${side}`))
  })
}

t.test('a fake on the loop sees the body of a blocking handler', async (t) => {
  const post = async () => (await app.inject({ url: '/body', method: 'POST', payload: { n: '5' } })).json() as unknown
  t.same(await post(), { seen: ['real', { n: 5 }], body: { n: 5 } })
  t.same(await app.withOverride('body on the loop', post), { seen: ['fake', { n: 5 }], body: { n: 5 } })
})

t.test('a websocket has the fake', async (t) => {
  t.same(await greet(), { greeting: ['greeting on the loop'] })
  t.same(await app.withOverride('greeting', greet), { greeting: ['fake of greeting on the loop'] })
  await until('it has ended', () => told().length === 1)
  t.same(told(), ['fake of greeting ended on the loop'])
})

async function greet (): Promise<unknown> {
  await app.ready()
  return await new Promise((resolve, reject) => {
    app.injectWS('/live', {}, {
      onInit (socket) {
        socket.once('message', (data: Buffer) => {
          resolve(JSON.parse(data.toString()))
          socket.close()
        })
      }
    }).catch(reject)
  })
}

t.test('a worker that has replaced another one has the fake', async (t) => {
  await app.withOverride('remark', async () => {
    t.match((await app.inject('/exit')).json(), { code: 'FST_BLOCKING_THREAD_LOST' })
    t.same(await ask('/unmarked'), { remark: ['fake of remark on the worker'], handler: 'loop' })
  })
  t.match((await app.inject('/exit')).json(), { code: 'FST_BLOCKING_THREAD_LOST' })
  t.same(await ask('/unmarked'), { remark: ['remark on the worker'], handler: 'loop' })
})

t.test('a fake that is used before the app is ready is there from the first request on', async (t) => {
  const own = await build()
  t.teardown(() => own.close())
  const override = own.useOverride('remark')
  t.same(await ask('/unmarked', own), { remark: ['fake of remark on the worker'], handler: 'loop' })
  override[Symbol.dispose]()
  t.same(await ask('/unmarked', own), { remark: ['remark on the worker'], handler: 'loop' })
})

t.test('a measured route has the fake', async (t) => {
  const own = await build({ dispatch: 'measured' })
  t.teardown(() => own.close())
  for (const name of ['remark', 'fake of remark', 'remark']) {
    const answer = () => ask('/unmarked', own)
    t.same(await (name === 'remark' ? answer() : own.withOverride('remark', answer)), { remark: [`${name} on the worker`], handler: 'loop' })
  }
})

t.test('`using` ends the use with its block, and an end comes once', async (t) => {
  {
    using override = app.useOverride('remark')
    t.same(await ask('/unmarked'), { remark: ['fake of remark on the worker'], handler: 'loop' })
    override[Symbol.dispose]()
    const next = app.useOverride('remark')
    override[Symbol.dispose]()
    t.same(await ask('/unmarked'), { remark: ['fake of remark on the worker'], handler: 'loop' })
    next[Symbol.dispose]()
  }
  t.same(await ask('/unmarked'), { remark: ['remark on the worker'], handler: 'loop' })
})

t.test('withOverride() resolves to the result, and ends the use after an error', async (t) => {
  t.equal(await app.withOverride('remark', () => 5), 5)
  await t.rejects(app.withOverride('remark', () => { throw new Error('thrown') }), { message: 'thrown' })
  await t.rejects(app.withOverride('remark', async () => { throw new Error('thrown later') }), { message: 'thrown later' })
  t.same(await ask('/unmarked'), { remark: ['remark on the worker'], handler: 'loop' })
})
