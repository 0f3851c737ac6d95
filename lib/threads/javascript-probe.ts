import type { Worker } from 'node:worker_threads'

/*
 * Tells whether a thread whose event loop does not turn is in JavaScript, where it can be terminated, or in a
 * native call, where it cannot be, and may have work of an addon pending. V8 answers a request for heap
 * statistics, or of the inspector, from within a loop of JavaScript; during a native call it does not before
 * the call has returned.
 */

/** `stop` when the answer is not wanted any more. */
export interface Probe {
  /** Resolves as soon as the thread is in JavaScript, or idle; never where Node cannot tell. */
  answered: Promise<void>
  stop (): void
}

/** From Node 22.16 on; the types are those of Node 20. */
type ProbedWorker = Worker & { getHeapStatistics?: () => Promise<unknown> }

export async function probeJavaScript (worker: ProbedWorker): Promise<Probe> {
  if (worker.getHeapStatistics === undefined) return await probeByInspector(worker)
  const answered = new Promise<void>((resolve) => {
    // It rejects of a thread that is gone.
    worker.getHeapStatistics!().then(() => resolve(), () => {})
  })
  return { answered, stop () {} }
}

/** On older versions; not where Node was built without it. */
async function probeByInspector ({ threadId }: Worker): Promise<Probe> {
  const { Session } = await import('node:inspector').catch(() => ({ Session: undefined }))
  if (Session === undefined) return { answered: new Promise(() => {}), stop () {} }
  const session = new Session()
  session.connect()
  const answered = new Promise<void>((resolve) => {
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return
      const message = JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: '0' } })
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message })
    })
    session.on('NodeWorker.receivedMessageFromWorker', () => resolve())
  })
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  return {
    answered,
    stop () {
      session.post('NodeWorker.disable')
      session.disconnect()
    }
  }
}
