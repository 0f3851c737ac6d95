import { once } from 'node:events'
import { connect } from 'node:net'

const patience = 30_000

/**
 * Opens keep-alive connections that write a prepared GET and count answers by their length in bytes. Anything but equal
 * answers of status 200 is thrown outside of any promise, and ends the process.
 */
export async function connectTo (url, connections) {
  const { hostname, port, host, pathname } = new URL(url)
  const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
  const closed = () => { throw new Error(`${url}: a connection was closed`) }

  const sockets = []
  for (let index = 0; index < connections; index++) {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await once(socket, 'connect')
    sockets.push(socket.on('close', closed))
  }

  sockets[0].write(request)
  const [first] = await once(sockets[0], 'data')
  assertWhole(first.toString('latin1'), url)

  return {
    slice: (requests) => slice({ url, sockets, request, length: first.length }, requests),
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

function assertWhole (answer, url) {
  const [head] = answer.split('\r\n\r\n', 1)
  if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`${url}: ${head.split('\r\n', 1)}`)
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1])
  if (answer.length !== head.length + 4 + length) throw new Error(`${url}: the first answer is not one whole chunk`)
}
