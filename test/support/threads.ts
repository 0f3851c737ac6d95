import { Worker } from 'node:worker_threads'

/** Counts the threads of this process that the app has started, at every moment, by what Node tells of them. */
export class ThreadCount {
  now = 0
  most = 0
  started = 0

  constructor () {
    process.on('worker', (worker: Worker) => {
      // One of Node's own, which runs a loader's hooks: it tells of that too, from Node 24 on.
      if (worker.constructor !== Worker) return
      this.started++
      this.now++
      this.most = Math.max(this.most, this.now)
      worker.once('exit', () => { this.now-- })
    })
  }
}
