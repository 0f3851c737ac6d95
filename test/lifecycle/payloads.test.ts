import t from 'tap'
import { build, payloads, styles, types } from './apps/payloads.js'
import { type Case, compare } from './compare.js'

/** What Fastify makes a 500 of, or what says so itself. */
const statuses: Record<string, number> = {
  error: 409,
  'a big integer': 500,
  'circular object': 500,
  'object whose toJSON throws': 500,
  'object with a getter that throws': 500
}
const names = Object.keys(payloads)

t.test('every payload is answered alike in every style', async (t) => {
  await compare(t, build, Object.keys(styles).flatMap((style, index) => names.map((name, number): Case => ({
    title: `${name}, ${style}`,
    path: `/${index}/${number}`,
    ...statuses[name] === undefined ? {} : { status: statuses[name] }
  }))))
})

t.test('every payload is answered alike under every content type', async (t) => {
  await compare(t, build, types.flatMap((type, index) => names.map((name, number): Case => ({
    title: `${name} as ${type}`,
    path: `/typed/${number}/${index}`,
    status: 'any'
  }))))
})

t.test('every payload is answered alike under every status', async (t) => {
  const codes = ['201', '204', '205', '304', '418', '500', '599', '200.5', '99', '600', 'none']
  await compare(t, build, codes.flatMap((code) => names.map((name, number): Case => ({
    title: `${name} with status ${code}`,
    path: `/code/${number}/${code}`,
    status: 'any'
  }))))
})
