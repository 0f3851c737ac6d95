import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { compare } from '../lifecycle/compare.js'
import { build, headers, names } from './apps/odd-headers.js'

const threads = new ThreadCount()
const isText = (title: string): boolean => title === 'an object with a text'

t.test('a header that cannot be made a text is the error that it is on the loop', (t) => compare(t, build, Object.keys(headers).flatMap((title, number) => {
  const isFine = isText(title) || title === 'undefined'
  return [
    { title, path: `/${number}`, status: isFine ? 200 : 500 },
    { title: `${title}, with a status`, path: `/coded/${number}`, status: 404 },
    { title: `${title}, and then another one`, path: `/two/${number}`, status: 500 },
    { title: `${title}, with an error handler`, path: `/handled/${number}`, status: isFine ? 200 : 418 }
  ]
})))

t.test('and one of the raw response too', (t) => compare(t, build, [
  // A list with undefined in it Node takes here, and writes that.
  ...Object.keys(headers).flatMap((title, number) => /hole|undefined/.test(title) ? [] : ['raw', 'appended'].map((way) => ({ title: `${title}, ${way}`, path: `/${way}/${number}`, status: isText(title) ? 200 : 500 }))),
  ...names.map((name, number) => ({ title: `the name ${JSON.stringify(name)}`, path: `/named/${number}`, status: /^[a-z]+$/i.test(name) ? 200 : 500 }))
]))

t.test('no thread was lost, but for the one of each app', async (t) => { t.equal(threads.started, 2) })
