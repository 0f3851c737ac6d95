import { Writable } from 'node:stream'

/** A stream for a logger, and what this package has logged to it. */
export class Logged {
  readonly lines: string[] = []
  readonly stream = new Writable({
    write: (line: Buffer, _encoding, done) => {
      const { msg = '' } = JSON.parse(String(line)) as { msg?: string }
      if (msg.startsWith('fastify-blocking: ')) this.lines.push(msg.slice('fastify-blocking: '.length))
      done()
    }
  })
}
