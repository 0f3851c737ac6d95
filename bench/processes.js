import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Hands out a function that starts a file of this folder as a process of its own, and ends all of them afterwards. */
export async function withProcesses (use) {
  const processes = []
  const start = (file, ...args) => {
    const child = fork(new URL(file, import.meta.url), args, { env: { ...process.env, NODE_ENV: 'production' } })
    processes.push(child)
    return child
  }
  try {
    return await use(start)
  } finally {
    for (const child of processes) if (child.connected) child.disconnect()
    await Promise.all(processes.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  }
}

export function ask (child, message) {
  child.send(message)
  return answer(child)
}

/** The next message of a process; that it exits instead is an error. */
export async function answer (child) {
  const ended = new AbortController()
  try {
    return await Promise.race([
      once(child, 'message', { signal: ended.signal }).then(([message]) => message),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`${child.spawnargs.slice(1).join(' ')} exited with code ${code}`)
      })
    ])
  } finally {
    ended.abort()
  }
}
