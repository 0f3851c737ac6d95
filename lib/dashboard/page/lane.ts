import type { LogEntry, WorkerState } from '../protocol.js'
import { Datum } from './datum.js'
import { element, setAttribute, setText } from './elements.js'
import { formatBytes, formatClock, formatDuration, formatSlots } from './format.js'
import type { ItemView } from './keyed-list.js'
import { drawLane, findMost, type LaneMarks } from './lane-canvas.js'
import type { LaneItem } from './lane-items.js'
import type { Tooltip, TooltipLine } from './tooltip.js'

/** A thread, or a worker host: what it runs now, and what it ran. */
export class Lane implements ItemView<LaneItem> {
  readonly element: HTMLElement
  readonly #name = element('span')
  readonly #state = element('span', { class: 'state' })
  readonly #scale = element('span', { class: 'scale' })
  readonly #canvas = element('canvas')
  readonly #label = element('span', { class: 'label' })
  readonly #runningFor = Datum.make('runningFor', formatDuration)
  readonly #run = element('span', { class: 'run' }, this.#label, ' for ', this.#runningFor.element)
  readonly #rest = element('span')
  readonly #now = element('span', { class: 'now' }, this.#run, this.#rest)
  readonly #heap = Datum.make('heapUsed', formatBytes)
  #item: LaneItem | undefined

  constructor (worker: number, tooltip: Tooltip) {
    this.element = element('li', { class: 'lane', 'data-worker': String(worker) },
      element('span', { class: 'name' }, this.#name, ' ', this.#state, ' ', this.#scale),
      element('span', { class: 'drawn', 'aria-hidden': 'true' }, this.#canvas),
      this.#now, element('span', { class: 'heap' }, this.#heap.element))
    this.#canvas.addEventListener('pointermove', (event) => this.#point(event, tooltip))
    this.#canvas.addEventListener('pointerleave', () => tooltip.hide())
  }

  update (item: LaneItem): void {
    this.#item = item
    const { state, name, isHost } = item
    setAttribute(this.element, 'class', isHost ? 'lane host' : 'lane')
    setText(this.#name, name)
    // A long one is cut off.
    setAttribute(this.#name, 'title', name)
    setAttribute(this.element, 'data-state', state?.state ?? 'gone')
    setText(this.#state, state === undefined ? 'gone' : state.state === 'live' ? '' : state.state)
    setText(this.#scale, tellScale(item))
    this.#tellNow(item)
    this.#heap.set(state === undefined || state.heapUsed === 0 ? undefined : state.heapUsed)
  }

  draw (): void {
    if (this.#item === undefined) return
    drawLane(this.#canvas, this.#item, findMarks(this.#item))
  }

  #tellNow ({ state, log, shown: { history } }: LaneItem): void {
    const running = (state?.running ?? []).toSorted((a, b) => a.since - b.since)
    const [first] = running
    this.#run.hidden = first === undefined
    setAttribute(this.#run, 'data-label', first?.label)
    setText(this.#label, first?.label ?? '')
    this.#runningFor.set(first && Math.max(history.state.at - first.since, 0))
    const more = running.length > 1 ? ` and ${running.length - 1} more` : ''
    setText(this.#rest, state === undefined ? tellEnd(log) : first === undefined ? tellIdle(state) : more)
    setAttribute(this.#now, 'data-idle', first === undefined ? '' : undefined)
    setAttribute(this.#now, 'title', first && running.map(({ label }) => label).join('\n'))
  }

  #point ({ clientX, clientY }: PointerEvent, tooltip: Tooltip): void {
    if (this.#item === undefined) return
    const { slices, shown: { from, to, colors } } = this.#item
    const { left, width } = this.#canvas.getBoundingClientRect()
    const at = from + (clientX - left) / width * (to - from)
    const slice = slices.find((slice) => slice.at >= at && slice.at - slice.duration <= at)
    if (slice === undefined) return tooltip.hide()
    const lines = slice.ran.map(([label, time, count, lost]): TooltipLine => ({
      swatch: colors.makeSwatch(label),
      label,
      value: `${formatDuration(time)}, ${count} ended${lost > 0 ? `, ${lost} lost` : ''}`
    }))
    const idle = { label: 'idle', value: '' }
    tooltip.show(clientX, clientY, formatClock(slice.at), lines.length > 0 ? lines : [idle])
  }
}

/** Says how many runs the full height stands for, where that is not one. */
function tellScale ({ slices, slots, isHost, state }: LaneItem): string {
  const most = findMost(slices, slots)
  if (most > 1.05 * slots) return `up to ${most.toFixed(1)} at once`
  return isHost && state !== undefined ? formatSlots(slots) : ''
}

function tellIdle ({ state }: WorkerState): string {
  return {
    starting: 'builds the app', live: 'idle', retired: 'leaves when its run ends', exiting: 'closes its app'
  }[state]
}

/** Events by which a thread, or a host, may end. */
const endings: Partial<Record<LogEntry['type'], string>> = {
  killed: 'killed',
  retired: 'retired',
  recycled: 'recycled',
  exited: 'exited',
  hostLeft: 'left',
  hostLost: 'lost'
}

function tellEnd (log: readonly LogEntry[]): string {
  const end = log.findLast(({ type }) => ['killed', 'recycled', 'retired'].includes(type)) ?? log.at(-1)
  const name = end && endings[end.type]
  return name === undefined ? 'gone' : `${name} at ${formatClock(end!.at)}`
}

function findMarks ({ log }: LaneItem): LaneMarks {
  const boot = log.find((entry) => entry.type === 'booted')
  return {
    boot: boot && { from: boot.at - boot.took, to: boot.at },
    killedAt: log.find(({ type }) => type === 'killed' || type === 'hostLost')?.at
  }
}
