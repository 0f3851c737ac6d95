import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Advice, HeldAdvice } from 'fastify-blocking'
import t, { type Test } from 'tap'
import { fixturesOf } from '../support/fixtures.js'

const fixture = fixturesOf(import.meta.url)

interface Request {
  route: string
  url: string
  method?: string
  payload?: object
}

/** Routes and the functions that hold the loop in them, in which files. */
type Truth = Record<string, { kind: HeldAdvice['kind'], function: string | undefined, file: string }>

const apps: Record<string, { truth: Truth, flags: string[] }> = {
  'print-shop/app.ts': {
    flags: ['--enable-source-maps'],
    truth: {
      'GET /primes/:limit': { kind: 'mark', function: 'countPrimes', file: 'lib/primes.ts' },
      'GET /report/:year': { kind: 'mark', function: 'summarize', file: 'lib/report.ts' },
      'GET /archive': { kind: 'mark', function: 'loadArchive', file: 'lib/archive.ts' },
      'GET /account': { kind: 'hook', function: 'checkPassword', file: 'lib/passwords.ts' },
      'GET /catalogue': { kind: 'mark', function: 'renderXml', file: 'lib/catalogue.ts' }
    }
  },
  // Written without knowledge of how places are found.
  'town-library/app.js': {
    flags: [],
    truth: {
      'GET /books/:isbn/editions/compare': { kind: 'mark', function: 'compareEditions', file: 'routes/books.js' },
      'GET /members/:id/recommendations': { kind: 'mark', function: 'trainFactors', file: 'lib/recommend.js' },
      'POST /members': { kind: 'mark', function: 'hashPassword', file: 'lib/passwords.js' },
      'GET /partners/holdings/:isbn': { kind: 'hook', function: 'rejectBlockedNetworks', file: 'routes/partners.js' },
      // Native code of JSON.stringify() calls its toJSON(): V8 is interrupted between these calls alone.
      'GET /branches/:branch/loans': { kind: 'mark', function: undefined, file: 'fastify/lib/reply.js' }
    }
  }
}

for (const [name, { truth, flags }] of Object.entries(apps)) {
  for (const clients of [1, 8]) {
    t.test(`${name}: advice names the five routes of ten that hold the loop, with ${clients} clients`, async (t) => {
      const app = await serve(t, fixture(name), flags)
      const requests = JSON.parse(readFileSync(join(dirname(fixture(name)), 'requests.json'), 'utf8')) as Request[]
      let advice: HeldAdvice[] = []
      // A stall on a busy machine may be left out, since the thread had no processor for most of it.
      for (let round = 0; round < 30 && !hasAll(advice, truth); round++) {
        await Promise.all(Array.from({ length: clients }, async () => {
          for (const request of shuffle(requests, round)) await app.send(request)
        }))
        advice = await app.readAdvice()
      }
      for (const [route, { kind, function: called, file }] of Object.entries(truth)) {
        const told = advice.filter((one) => one.route === route)
        const found = told.find((one) => called === undefined ? one.place.isSerialization : one.place.function === called)
        if (!t.ok(found, `${route} holds the loop in ${called ?? 'the serialization'}`, { told })) continue
        t.match(found, { kind, held: { count: Number }, requests: Number })
        t.ok(found!.place.file.endsWith(file), found!.place.file)
        if (called !== undefined) t.ok(isWithin(found!.place, called, join(dirname(fixture(name)), file)), `line ${found!.place.line}`)
        t.ok(found!.held.count <= found!.requests)
        t.match(found!.text, new RegExp(`^${route.replaceAll(/[/:]/g, '.')} held the event loop for \\d+ ms \\(\\d+ of \\d+ requests\\), in .*; `))
      }
      t.same(advice.filter(({ route }) => route === undefined || !(route in truth)).map(({ text }) => text), [], 'and no other')
    })
  }
}

function hasAll (advice: HeldAdvice[], truth: Truth): boolean {
  return Object.entries(truth).every(([route, { function: called }]) => advice.some((one) =>
    one.route === route && (called === undefined || one.place.function === called)))
}

/** Whether the line is one of the function, which begins with its name and ends with a brace at the same indentation. */
function isWithin ({ line }: HeldAdvice['place'], called: string, file: string): boolean {
  const lines = readFileSync(file, 'utf8').split('\n')
  const first = lines.findIndex((text) => text.includes(`function ${called} (`))
  const [indentation] = /^\s*/.exec(lines[first]!)!
  const last = lines.findIndex((text, index) => index > first && text.startsWith(`${indentation}}`))
  return line > first && line <= last + 1
}

/** In another order each time, and the same in each run. */
function shuffle<Item> (items: Item[], seed: number): Item[] {
  const shuffled = [...items]
  let random = seed + 1
  for (let index = shuffled.length - 1; index > 0; index--) {
    random = Math.imul(random, 48_271) % 0x7fffffff
    const other = Math.abs(random) % (index + 1)
    const [one, two] = [shuffled[index]!, shuffled[other]!]
    shuffled[index] = two
    shuffled[other] = one
  }
  return shuffled
}

async function serve (t: Test, module: string, flags: string[]) {
  const { NODE_ENV, NODE_OPTIONS, ...env } = process.env
  const child = fork(fixture('serve-advised.ts'), [module], { env, execArgv: ['--import', 'tsx', ...flags] })
  t.teardown(async () => {
    child.kill()
    await once(child, 'exit')
  })
  const port = await next<number>(child)
  return {
    async send ({ route, url, method = route.split(' ')[0]!, payload }: Request): Promise<void> {
      const response = await fetch(`http://localhost:${port}${url}`, {
        method,
        redirect: 'manual',
        ...(payload && { body: JSON.stringify(payload), headers: { 'content-type': 'application/json' } })
      })
      await response.arrayBuffer()
      if (response.status >= 400) throw new Error(`${route}: ${response.status}`)
    },
    async readAdvice (): Promise<HeldAdvice[]> {
      child.send('advice')
      return (await next<Advice[]>(child)).filter((one): one is HeldAdvice => 'held' in one)
    }
  }
}

async function next<Message> (child: ChildProcess): Promise<Message> {
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => { throw new Error('it has ended') })]) as [Message]
  return message
}
