import t from 'tap'
import { answers, build, contexts, touches } from './apps/hooks.js'
import { type Case, compare } from './compare.js'

const kinds = Object.keys(answers)
const methods = ['GET', 'HEAD']

/** Which error handler comes after one that has answered an error already is for Fastify alone to know. */
function kindsFor (context: string): string[] {
  return context.startsWith('an onSend hook that fails') ? kinds.filter((kind) => kind !== 'error') : kinds
}

t.test('hooks of a context see and make the same answer', async (t) => {
  await compare(t, build, Object.keys(contexts).flatMap((context, index) => kindsFor(context).flatMap((kind) => methods.map((method): Case => ({
    title: `${kind}, with ${context}, by ${method}`,
    method,
    path: `/context/${index}/${kinds.indexOf(kind)}`,
    status: 'any',
    visits: context.endsWith('instead of the handler') ? 0 : 1
  })))))
})

t.test('hooks of a route see and make the same answer', async (t) => {
  await compare(t, build, kinds.map((kind, number): Case => ({ title: kind, path: `/route/${number}`, status: 'any' })))
})

t.test('a handler finds and changes what hooks have set', async (t) => {
  await compare(t, build, Object.keys(touches).map((title, number): Case => ({ title, path: `/touch/${number}`, status: 'any' })))
})
