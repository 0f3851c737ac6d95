import { EventLog } from '../event-log.js'
import type { WorkerCounts, WorkerEvent } from '../executor.js'
import type { Thread } from './thread.js'

type History = Pick<
WorkerCounts, 'killed' | 'retirements' | 'recycled' | 'boots' | 'failedBoots' | 'bootTime'
>

/** Counts the events of the threads, and keeps the last ones. */
export class ThreadHistory implements History {
  killed = 0
  retirements = 0
  recycled = 0
  boots = 0
  failedBoots = 0
  bootTime = 0
  /** Whether no thread has built the app since one could not. */
  hasLastBootFailed = false
  readonly events = new EventLog<WorkerEvent>()

  /** `took` in ms. */
  booted ({ id }: Thread, took: number): void {
    this.boots++
    this.hasLastBootFailed = false
    this.bootTime += took
    this.events.add({ type: 'booted', worker: id, took })
  }

  bootFailed (error: unknown): void {
    this.failedBoots++
    this.hasLastBootFailed = true
    this.events.add({ type: 'bootFailed', error })
  }

  wasKilled ({ id, channel }: Thread): void {
    this.killed++
    this.events.add({ type: 'killed', worker: id, labels: channel.overdueLabels })
  }

  wasRetired ({ id, channel }: Thread): void {
    this.retirements++
    this.events.add({ type: 'retired', worker: id, labels: channel.overdueLabels })
  }

  wasRecycled ({ id }: Thread, reason: string): void {
    this.recycled++
    this.events.add({ type: 'recycled', worker: id, reason })
  }

  exited ({ id }: Thread): void {
    // There could be no thread.
    if (id !== -1) this.events.add({ type: 'exited', worker: id })
  }

  readCounts (): History {
    const { killed, retirements, recycled, boots, failedBoots, bootTime } = this
    return { killed, retirements, recycled, boots, failedBoots, bootTime }
  }
}
