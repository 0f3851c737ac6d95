import t from 'tap'
import { build, patterns, rewrites } from './apps/rewritten.js'
import { type Case, compare } from './compare.js'

t.setTimeout(120_000)

const cases = Object.keys(rewrites).flatMap((title, index) => Object.entries(patterns).flatMap(([pattern, path]): Case[] => {
  // Only what the loop has found for the parameters tells the worker what the pattern of one asks for.
  if (title.startsWith('params') && pattern.includes('(')) return []
  return [
    { title: `${title}, ${pattern}`, path: `/rewritten/${index}${path}` },
    { title: `${title}, ${pattern}, with a body`, method: 'POST', path: `/rewritten/${index}${path}`, headers: { 'content-type': 'application/json' }, body: '{"a":1}' }
  ]
}))

t.test('a hook may rewrite the URL and the method of what was routed', async (t) => {
  await compare(t, build, cases)
})

t.test('and so it may where rewriteUrl has done so before', async (t) => {
  const buildRewriting = ({ blocking }: { blocking: boolean }) => build({ blocking, rewriting: true })
  await compare(t, buildRewriting, Object.keys(rewrites).map((title, index): Case => ({ title, path: `/old/rewritten/${index}/text?a=1` })))
})
