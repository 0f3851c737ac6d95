import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('loop.js', import.meta.url))

/** An app on the loop of another process, with which that of this one is compared. */
export class Reference {
  #process

  /** `module` has `build`. */
  constructor (module) {
    this.module = new URL(module, import.meta.url).href
  }

  async open () {
    const { NODE_OPTIONS, ...env } = process.env
    this.#process = fork(script, [this.module], { execArgv: [], env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    await once(this.#process, 'message')
  }

  /** As of a Listening; undefined if it has ended the process. */
  async talk (bytes) {
    const answered = new AbortController()
    const told = once(this.#process, 'message', { signal: answered.signal }).then(([result]) => result)
    const ended = once(this.#process, 'exit', { signal: answered.signal }).then(() => undefined)
    for (const promise of [told, ended]) promise.catch(() => {})
    this.#process.send(bytes.toString('base64'))
    const result = await Promise.race([told, ended])
    answered.abort()
    if (result === undefined) await this.open()
    return result
  }

  close () {
    this.#process.kill('SIGKILL')
  }
}
