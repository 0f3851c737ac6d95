import type { LogEntry, RegistrationInfo } from '../protocol.js'
import { element, find, setText } from './elements.js'
import { formatClock, formatDuration, formatSlots } from './format.js'
import { KeyedList } from './keyed-list.js'
import type { Shown, View } from './view.js'

const names: Record<LogEntry['type'], string> = {
  booted: 'booted',
  bootFailed: 'boot failed',
  killed: 'killed',
  retired: 'retired',
  recycled: 'recycled',
  exited: 'exited',
  hostJoined: 'host joined',
  hostLeft: 'host left',
  hostLost: 'host lost',
  hostRefused: 'host refused',
  hostUnable: 'host unable',
  moved: 'moved'
}

/** Events of threads, hosts and routes, the last first. */
export class LogList implements View {
  readonly #list = new KeyedList<LogEntry>(
    find('#log .entries', HTMLElement), findKey,
    (entry) => ({ element: this.#makeEntry(entry), update: () => {} })
  )

  readonly #scroll = find('#log .scroll', HTMLElement)
  readonly #none = find('#no-log', HTMLElement)
  readonly #limit = find('#log .limit', HTMLElement)
  #registrations: readonly RegistrationInfo[] = []

  update ({ history: { log, begin, isLogCut } }: Shown): void {
    this.#registrations = begin.registrations
    this.#list.update(log.toReversed())
    this.#none.hidden = log.length > 0
    this.#scroll.hidden = log.length === 0
    this.#limit.hidden = !isLogCut
    setText(this.#limit, `These are the last ${begin.keptEntries}.`)
  }

  #makeEntry (entry: LogEntry): HTMLElement {
    const { at, type, registration } = entry
    const name = this.#registrations.length > 1 ? this.#registrations[registration]?.name : undefined
    return element('li', {
      'data-type': type,
      'data-at': String(at),
      'data-worker': 'worker' in entry ? String(entry.worker) : undefined,
      'data-host': 'host' in entry ? entry.host : undefined,
      'data-route': 'route' in entry ? entry.route : undefined
    },
    element('time', { datetime: new Date(at).toISOString() }, formatClock(at)),
    element('span', { class: 'type' }, names[type]),
    element('p', {}, describe(entry), ...(name === undefined ? [] : [' ', makeName(name)])))
  }
}

function makeName (name: string): HTMLElement {
  return element('span', { class: 'of' }, `(${name})`)
}

function findKey (entry: LogEntry): string {
  return `${entry.at} ${entry.type} ${'worker' in entry ? entry.worker : ''} ${entry.registration}`
}

function describe (entry: LogEntry): string {
  switch (entry.type) {
    case 'booted': return `Thread ${entry.worker} has built the app in ${formatDuration(entry.took)}`
    case 'bootFailed': return `A thread could not build the app: ${entry.error}`
    case 'killed':
      return `Thread ${entry.worker} was terminated, since this did not end: ${entry.labels.join(', ')}`
    case 'retired':
      return `Thread ${entry.worker} cannot be terminated safely and leaves by itself; this did not end: ` +
        entry.labels.join(', ')
    case 'recycled': return `Thread ${entry.worker} is replaced, ${entry.reason}`
    case 'exited': return `Thread ${entry.worker} has exited`
    case 'hostJoined':
      return `Host ${entry.host} is there: ${formatSlots(entry.slots)}, version ${entry.version}`
    case 'hostLeft': return `Host ${entry.host} has left`
    case 'hostLost': return `Host ${entry.host} is lost: ${entry.reason}`
    case 'hostRefused': return `Host ${entry.host} has another app, and gets no requests: ${entry.error}`
    case 'hostUnable': return `Host ${entry.host} cannot serve the app, and gets no requests: see the log`
    case 'moved':
      return `${entry.route} runs ${entry.to === 'worker' ? 'in a worker' : 'on the loop'} now: ${entry.text}`
  }
}
