import type { Begin, Tick } from '../protocol.js'
import { AdviceList } from './advice-list.js'
import { Choice } from './choice.js'
import { Connection } from './connection.js'
import { ConnectionLine } from './connection-line.js'
import { Datum } from './datum.js'
import { find, setText } from './elements.js'
import { EventLoop } from './event-loop.js'
import { formatDuration } from './format.js'
import { History } from './history.js'
import { Hosts } from './hosts.js'
import { LaneTables } from './lane-tables.js'
import { Lanes } from './lanes.js'
import { LogList } from './log-list.js'
import { Memory } from './memory.js'
import { Queue } from './queue.js'
import { RouteColors, RouteFills } from './route-colors.js'
import { RoutesChart } from './routes-chart.js'
import { RoutesTable } from './routes-table.js'
import { Stalls } from './stalls.js'
import { onThemeChange, readTheme } from './theme.js'
import { Threads } from './threads.js'
import { spans } from './time-axis.js'
import { Tooltip } from './tooltip.js'
import type { Shown, View } from './view.js'

/** ms between two events, before the server has told. */
const defaultInterval = 1_000

class Page {
  readonly #tooltip = new Tooltip()
  readonly #views: View[] = [
    new Threads(), new Lanes(this.#tooltip), new Hosts(), new LaneTables(),
    new Queue(this.#tooltip), new EventLoop(this.#tooltip), new Stalls(), new AdviceList(),
    new RoutesTable(), new RoutesChart(this.#tooltip), new Memory(this.#tooltip), new LogList()
  ]

  readonly #line = new ConnectionLine()
  readonly #registration = new Choice('registrations', 0, () => this.#render())
  readonly #span = new Choice('spans', spans[0]!, () => this.#render())
  readonly #uptime = Datum.find(document, 'uptime', formatDuration)
  readonly #connection: Connection
  #theme = readTheme()
  #fills = new RouteFills(this.#theme)
  /** By the index of the registration. */
  #colors: RouteColors[] = []
  #history: History | undefined
  /** By how many ms the clock of the server is ahead. */
  #ahead = 0
  /** By the browser's clock. */
  #renderedAt = 0

  constructor () {
    this.#span.offer(spans.map((value) => ({ value, label: `${value / 60_000} min` })))
    this.#connection = new Connection('./events', {
      begun: (begin) => this.#begin(begin),
      ticked: (tick) => this.#tick(tick),
      lost: () => this.#render()
    })
    setInterval(() => this.#watch(), 200)
    document.addEventListener('visibilitychange', () => this.#render())
    onThemeChange(() => {
      this.#theme = readTheme()
      this.#fills = new RouteFills(this.#theme)
      this.#render()
    })
  }

  #begin (begin: Begin): void {
    const last = this.#history?.begin.run
    if (last !== begin.run) {
      this.#colors = begin.registrations.map(() => new RouteColors())
      if (last !== undefined) this.#line.noteRestart(begin.startedAt)
    }
    if (last === undefined) this.#chooseNamed(begin)
    this.#history = new History(begin)
    this.#registration.offer(begin.registrations.map(({ name }, value) => ({ value, label: name })))
    setText(find('#package', HTMLElement), begin.package)
    setText(find('#node', HTMLElement), begin.node.replace(/^v/, ''))
    for (const id of ['facts', 'sections', 'main', 'spans']) find(`#${id}`, HTMLElement).hidden = false
    this.#showState()
  }

  /** The address may name the registration that is shown at first: `?registration=reports`. */
  #chooseNamed ({ registrations }: Begin): void {
    const named = new URLSearchParams(location.search).get('registration')
    const index = registrations.findIndex(({ name }) => name === named)
    if (index >= 0) this.#registration.value = index
  }

  #tick (tick: Tick): void {
    this.#history?.add(tick)
    this.#showState()
  }

  #showState (): void {
    this.#ahead = this.#history!.state.at - Date.now()
    this.#noteRoutes()
    this.#render()
  }

  /** Routes have their colours in the order in which they are seen, whichever registration is shown. */
  #noteRoutes (): void {
    this.#history!.state.registrations.forEach(({ stats, workers }, index) => {
      const colors = this.#colors[index]
      for (const label of Object.keys(stats.routes)) colors?.get(label)
      for (const { running } of workers) for (const { label } of running) colors?.get(label)
    })
  }

  /** Notices that events are late; then the time shown goes on without them. */
  #watch (): void {
    if (document.hidden) return
    this.#line.update(this.#connection, this.#history?.begin.interval ?? defaultInterval)
    if (!this.#line.isLive && Date.now() - this.#renderedAt >= defaultInterval) this.#render()
  }

  /** A page that is not seen is not drawn; it is when it is seen again. */
  #render (): void {
    if (document.hidden) return
    this.#renderedAt = Date.now()
    this.#line.update(this.#connection, this.#history?.begin.interval ?? defaultInterval)
    const shown = this.#history === undefined ? undefined : this.#select(this.#history)
    if (shown === undefined) return
    this.#uptime.set(shown.history.state.at - shown.history.begin.startedAt)
    for (const view of this.#views) view.update(shown)
  }

  #select (history: History): Shown | undefined {
    const registration = this.#registration.value
    const info = history.begin.registrations[registration]
    const state = history.state.registrations[registration]
    const colors = this.#colors[registration]
    if (info === undefined || state === undefined || colors === undefined) return undefined
    const to = this.#line.isLive ? history.state.at : Date.now() + this.#ahead
    const from = to - this.#span.value
    return {
      history,
      registration,
      info,
      state,
      from,
      to,
      colors,
      samples: history.readSamples(from),
      fills: this.#fills,
      theme: this.#theme
    }
  }
}

// eslint-disable-next-line no-new
new Page()
