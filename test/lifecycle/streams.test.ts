import t from 'tap'
import { type Case, compare, serveBoth } from './compare.js'
import { broken, build, contexts, streams, styles } from './apps/streams.js'

const both = await serveBoth(t, build)
const names = Object.keys(streams)

t.test('every stream is answered alike in every style', async (t) => {
  // What Fastify throws later on the loop ends the process.
  const mayThrow = (name: string, style: string): boolean => !style.includes('later') || !/locked|been read/.test(name)
  await compare(t, both, Object.keys(styles).flatMap((style, index) => names.filter((name) => mayThrow(name, style)).map((name): Case => ({
    title: `${name}, ${style}`,
    path: `/${index}/${names.indexOf(name)}`,
    status: 'any',
    // Of a response that does without its stream the visit ends after it.
    visits: 'any'
  }))))
})

t.test('every stream is answered alike with hooks around it', async (t) => {
  // On the loop hooks are given a web stream or a Response as it is; of one that has been destroyed some wait for ever.
  const readable = names.filter((name) => !/web stream|Response|Blob|has been destroyed|piped/.test(name))
  // What fails before its first byte does so before these hooks, and on the loop after them.
  const mayFail = (name: string, context: string): boolean => !/in its place|trailer/.test(context) || !name.includes('fails')
  await compare(t, both, Object.keys(contexts).flatMap((context, index) => readable.filter((name) => mayFail(name, context)).map((name): Case => ({
    title: `${name}, with ${context}`,
    path: `/context/${index}/${names.indexOf(name)}`,
    status: 'any',
    visits: 'any'
  }))))
})

t.test('every stream is answered alike to HEAD', async (t) => {
  // Of a Response Fastify's hook for HEAD makes an error on the loop.
  const alike = names.filter((name) => !/Response|fails|destroyed|locked|piped/.test(name))
  await compare(t, both, alike.map((name): Case => ({ title: name, method: 'HEAD', path: `/0/${names.indexOf(name)}`, status: 'any', visits: 'any' })))
})

t.test('a stream that fails after its first byte breaks the connection on either side', async (t) => {
  for (const [where, { send }] of [['on the loop', both.loop], ['in a worker', both.worker]] as const) {
    for (const [number, name] of Object.keys(broken).entries()) {
      const { status, body } = await send({ path: `/broken/${number}` })
      t.equal(status, 200, name)
      t.match(body.toString(), /terminated|closed/, `${name}, ${where}`)
    }
  }
})
