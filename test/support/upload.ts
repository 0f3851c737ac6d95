import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends the head of a POST on a connection of its own; the body is the test's to write. */
export async function beginPost (port: number, path: string, headers: Record<string, string | number>): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  return socket
}

/** Writes for as long as it is let, and gives how much that was when it had to wait in vain for `turns`; those in which `turn` gives false do not count. */
export async function writeUntilStuck (socket: Socket, most: number, turn: () => Promise<boolean>, turns: number): Promise<number> {
  const block = Buffer.alloc(65_536, 'x')
  let written = 0
  let waited = 0
  while (written < most && waited < turns) {
    if (socket.writableNeedDrain) {
      const counts = await turn()
      waited = counts && socket.writableNeedDrain ? waited + 1 : 0
    } else {
      socket.write(block)
      written += block.length
    }
  }
  return written
}

/** The answers on a connection, as many as are asked for, in the order in which they come. */
export async function readAnswers (socket: Socket, count: number): Promise<{ status: number, head: string, body: string }[]> {
  const answers: { status: number, head: string, body: string }[] = []
  let text = ''
  while (true) {
    for (let answer = split(text); answer !== undefined; answer = split(text)) {
      answers.push(answer)
      text = text.slice(answer.head.length + 4 + answer.body.length)
    }
    if (answers.length >= count) return answers
    const chunk = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => undefined)]) as [Buffer] | undefined
    if (chunk === undefined) return answers
    text += chunk[0].toString('latin1')
  }
}

function split (text: string): { status: number, head: string, body: string } | undefined {
  const [head] = text.split('\r\n\r\n', 1)
  if (head === undefined || head.length === text.length) return undefined
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1])
  const body = text.slice(head.length + 4, head.length + 4 + length)
  return body.length < length ? undefined : { status: Number(head.split(' ')[1]), head, body }
}
