import { Worker } from 'node:worker_threads'

/** Counts the threads of this process, at every moment, by what Node tells of them. */
export class ThreadCount {
  now = 0
  most = 0
  started = 0

  constructor () {
    process.on('worker', (worker: Worker) => {
      this.started++
      this.now++
      this.most = Math.max(this.most, this.now)
      worker.once('exit', () => { this.now-- })
    })
  }
}
