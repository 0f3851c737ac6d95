import t from 'tap'
import { build, errorHandlers, thrown, ways } from './apps/errors.js'
import { type Case, compare } from './compare.js'

const names = Object.keys(thrown)
const handlers = Object.keys(errorHandlers)

function casesOf (handler: string, chosen: string[]): Case[] {
  return chosen.flatMap((way) => names.map((name) => ({
    title: `${name}, ${way}, ${handler}`,
    path: `/${handlers.indexOf(handler)}/${Object.keys(ways).indexOf(way)}/${names.indexOf(name)}`,
    status: 'any'
  })))
}

t.test('an error is answered alike in whatever way it is thrown', async (t) => {
  await compare(t, build, handlers.slice(0, 2).flatMap((handler) => casesOf(handler, Object.keys(ways))))
})

t.test('an error is answered alike by every error handler', async (t) => {
  await compare(t, build, handlers.slice(2).flatMap((handler) => casesOf(handler, ['thrown by a handler', 'thrown by an async handler that has waited'])))
})

t.test('an error handler of the route answers alike', async (t) => {
  await compare(t, build, names.map((name, number): Case => ({ title: name, path: `/route/${number}`, status: 571 })))
})

t.test('an error handler of the route that throws leads alike to that of its context', async (t) => {
  await compare(t, build, names.map((name, number): Case => ({ title: name, path: `/route/rethrown/${number}`, status: 'any' })))
})
