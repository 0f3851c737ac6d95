import { once } from 'node:events'
import { connect } from 'node:net'

const patience = 30_000

/**
 * Opens keep-alive connections that write a prepared GET, or a POST of `{ headers, body }`, and count answers by their
 * length in bytes. Anything but equal answers of status 200 is thrown outside of any promise, and ends the process.
 */
export async function connectTo (url, connections, post) {
  const { hostname, port, host, pathname } = new URL(url)
  const request = post === undefined ? head('GET', pathname, { host }) : Buffer.concat([head('POST', pathname, { host, ...post.headers, 'content-length': post.body.length }), post.body])
  const closed = () => { throw new Error(`${url}: a connection was closed`) }

  const sockets = []
  for (let index = 0; index < connections; index++) {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await once(socket, 'connect')
    sockets.push(socket.on('close', closed))
  }

  sockets[0].write(request)
  const { length, body } = await readFirst(sockets[0], url)

  return {
    body,
    slice: (requests) => slice({ url, sockets, request, length }, requests),
    close () {
      for (const socket of sockets) socket.off('close', closed).destroy()
    }
  }
}

/** Asks by all connections at once, each for its next answer when it has one, and gives the requests per second. */
function slice ({ url, sockets, request, length }, requests) {
  return new Promise((resolve) => {
    const late = setTimeout(() => { throw new Error(`${url}: answers are missing, or shorter than the first`) }, patience)
    let asked = 0
    let answered = 0
    const start = performance.now()
    for (const socket of sockets) {
      let bytes = 0
      const ask = () => {
        asked++
        socket.write(request)
      }
      const count = (chunk) => {
        bytes += chunk.length
        if (bytes < length) return
        if (bytes > length) throw new Error(`${url}: an answer is longer than the first`)
        bytes = 0
        answered++
        if (asked < requests) return ask()
        socket.off('data', count)
        if (answered < requests) return
        clearTimeout(late)
        resolve(requests / (performance.now() - start) * 1_000)
      }
      socket.on('data', count)
      ask()
    }
  })
}

function head (method, path, headers) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
}

/** The length in bytes of the first answer, head and all, and its body. */
function readFirst (socket, url) {
  return new Promise((resolve) => {
    const late = setTimeout(() => { throw new Error(`${url}: the first answer does not come, or is shorter than it says`) }, patience)
    let answer = ''
    let length
    const read = (chunk) => {
      answer += chunk.toString('latin1')
      length ??= lengthOf(answer, url)
      if (length === undefined || answer.length < length) return
      if (answer.length > length) throw new Error(`${url}: the first answer is longer than it says`)
      clearTimeout(late)
      socket.off('data', read)
      resolve({ length, body: answer.slice(answer.indexOf('\r\n\r\n') + 4) })
    }
    socket.on('data', read)
  })
}

/** What the head of an answer tells, once it is there. */
function lengthOf (answer, url) {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`${url}: ${answer.split('\r\n', 1)}`)
  const [, length] = /^content-length: (\d+)$/im.exec(answer.slice(0, end)) ?? []
  if (length === undefined) throw new Error(`${url}: an answer without a content-length`)
  return end + 4 + Number(length)
}
