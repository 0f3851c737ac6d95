import { appendFileSync } from 'node:fs'
import { relative } from 'node:path'
import { isMainThread } from 'node:worker_threads'

// Makes tap skip the tests of the list. Processes and workers that a test starts have the same imports, and no tests.
const { leftOut } = await import(process.env.LEFT_OUT_LIST)
const [, file] = process.argv
if (isMainThread && file?.endsWith('.test.ts')) {
  const { default: t } = await import('tap')
  leaveOut(t)
}

/** @param {import('tap').Test} t whose tests, and theirs, are looked up in the list */
function leaveOut (t) {
  const { test } = t
  t.test = (name, ...rest) => {
    if (Object.hasOwn(leftOut, name)) {
      appendFileSync(process.env.LEFT_OUT_RECORD, `${JSON.stringify({ file: relative('', file), name })}\n`)
      return test(name, { skip: leftOut[name] })
    }
    const run = rest.pop()
    return test(name, ...rest, (inner) => {
      leaveOut(inner)
      return run(inner)
    })
  }
}
