import { find, setAttribute, setText } from './elements.js'

/*
 * Each number is <data value="RAW" data-stat="NAME">, with the raw value of the event, and "" for one that is
 * not known. Names are those of stats(), with dots: "threads.busy", "killed", "boots.time", "wait.p99".
 * Beyond those:
 *
 * - #threads: threads.used, threads.limit. Each lane is li[data-worker="3"] with data-state, one of those of
 *   WorkerState or "gone"; its longest run is [data-label="GET /report"] with `runningFor`; `heapUsed`.
 *   #hosts: rows tr[data-worker] with `slots.used`, `slots` and `roundTrip`.
 *   #lane-tables: a tbody for each [data-worker], rows [data-route], with `count`, `time` and `lost`.
 * - #queue: queue, queue.limit; [data-stat="isSaturated"] has data-value "true" or "false".
 * - #loop: delay.p50 and delay.max of the last interval.
 * - #stalls: stalls; each place is li[data-place] with data-route, `count` and `held.max`. Where its details
 *   are open, each stall is li[data-at] with `held`.
 * - #advice: each, of all registrations, is li[data-kind] with data-registration and data-route, `.text` and
 *   `.line`.
 * - #routes: rows tr[data-route="GET /report"], and tr[data-total] for all; `rate`, outcomes and times.
 * - #memory: rows tr[data-worker] with `heapUsed`, and heapUsed.all.
 * - #log: each entry is li[data-type] with data-at, and data-worker, data-host or data-route.
 * - body: data-connection is "connecting", "live", "late" or "lost". header: uptime.
 *
 * #registrations and #spans have the radio buttons that select what the sections show.
 */

/** A number on the page. */
export class Datum {
  readonly element: HTMLDataElement
  readonly #format: (value: number) => string

  constructor (element: HTMLDataElement, format: (value: number) => string) {
    this.element = element
    this.#format = format
  }

  static make (stat: string, format: (value: number) => string): Datum {
    const made = document.createElement('data')
    made.dataset.stat = stat
    return new Datum(made, format)
  }

  static find (within: ParentNode, stat: string, format: (value: number) => string): Datum {
    return new Datum(find(`data[data-stat="${stat}"]`, HTMLDataElement, within), format)
  }

  set (value: number | undefined): void {
    setAttribute(this.element, 'value', value === undefined ? '' : String(value))
    setText(this.element, value === undefined ? '–' : this.#format(value))
  }
}
