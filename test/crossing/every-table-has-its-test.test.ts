import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { readTables } from './page.js'

t.test('every table of docs/what-crosses.md is read by one test', async (t) => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'))
  const texts = await Promise.all(files.map(async (name) => await readFile(new URL(name, folder), 'utf8')))
  const read = texts.flatMap((text) => [...text.matchAll(/readTable\('(.*?)'\)/g)].map(([, heading]) => heading!))
  t.same([...(await readTables()).keys()].sort(), read.sort())
})
