import { once } from 'node:events'
import { MessageChannel, Worker } from 'node:worker_threads'

/** Starts a thread that sends back each message on a bare MessagePort. Hands out a function that sends one to and fro so many times, one after the other. */
export async function openBarePort () {
  const { port1, port2 } = new MessageChannel()
  const echo = new Worker('const { workerData: port } = require("node:worker_threads"); port.on("message", (message) => port.postMessage(message))', {
    eval: true, workerData: port2, transferList: [port2]
  })
  await once(echo, 'online')
  return (message, times) => new Promise((resolve) => {
    let left = times
    const answered = () => {
      if (left-- > 0) return port1.postMessage(message)
      port1.off('message', answered)
      resolve()
    }
    port1.on('message', answered)
    answered()
  })
}
