import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { compare } from '../lifecycle/compare.js'
import { build, headers } from './apps/odd-headers.js'

const threads = new ThreadCount()

t.test('a header that cannot be made a text is the error that it is on the loop', (t) => compare(t, build, Object.keys(headers).flatMap((title, number) => [
  { title, path: `/${number}`, status: 500 },
  { title: `${title}, and then another one`, path: `/two/${number}`, status: 500 },
  { title: `${title}, with an error handler`, path: `/handled/${number}`, status: 418 }
])))

t.test('no thread was lost', async (t) => { t.equal(threads.started, 1) })
