import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'

for (const file of ['module-never-ends.js', 'module-loops.js', 'on-ready-never-resolves.js', 'script-without-an-app.js']) {
  t.test(`${file}: ready() fails after bootTimeout`, async (t) => {
    const error = await bootError(await registerFixture(file, { bootTimeout: 500 }))
    t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
    t.equal(error.cause.code, 'FST_BLOCKING_BOOT_TIMEOUT')
    t.match(error.message, 'within 500 ms')
  })
}
