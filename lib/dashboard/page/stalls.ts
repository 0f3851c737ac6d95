import type { StallEntry } from '../protocol.js'
import { Datum } from './datum.js'
import { element, find, setText } from './elements.js'
import { formatClock, formatDuration } from './format.js'
import { keptEntries } from './history.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import type { Shown, View } from './view.js'

/** The stalls of the event loop, the last one first. */
export class Stalls implements View {
  readonly #list = new KeyedList<StallEntry>(
    find('#stalls .entries', HTMLElement),
    ({ at, held, registration }) => `${at} ${held} ${registration}`,
    (stall) => makeEntry(stall)
  )

  readonly #noWatch = find('#no-watch', HTMLElement)
  readonly #none = find('#no-stalls', HTMLElement)
  readonly #limit = find('#stalls .limit', HTMLElement)
  readonly #badge = find('[data-badge="stalls"]', HTMLElement)

  update ({ history: { stalls, begin, areStallsCut } }: Shown): void {
    this.#list.update(stalls.toReversed())
    const isWatched = begin.registrations.some(({ isAdvised }) => isAdvised)
    this.#noWatch.hidden = isWatched
    this.#none.hidden = !isWatched || stalls.length > 0
    this.#limit.hidden = !areStallsCut
    setText(this.#limit, `These are the last ${keptEntries}.`)
    this.#badge.hidden = stalls.length === 0
    setText(this.#badge, `${stalls.length}`)
    this.#badge.setAttribute('aria-label', `${stalls.length} stalls`)
  }
}

function makeEntry ({ at, held, route, frames }: StallEntry): ItemView<StallEntry> {
  const duration = Datum.make('held', formatDuration)
  duration.set(held)
  const [frame] = frames
  const where = frame === undefined ? [] : [element('span', { class: 'place' }, 'in ', element('code', {}, nameFrame(frame)))]
  const stack = frames.map(nameFrame).join('\n')
  const entry = element('li', { 'data-at': String(at), 'data-route': route },
    element('time', { datetime: new Date(at).toISOString() }, formatClock(at)),
    element('p', {}, element('strong', {}, duration.element), ' held by ',
      route === undefined ? 'code of no known request' : element('span', { class: 'route' }, route), ' ', ...where),
    ...(frames.length < 2
      ? []
      : [element('details', {}, element('summary', {}, 'Stack'), element('pre', { tabindex: '0' }, element('code', {}, stack)))]))
  return { element: entry, update: () => {} }
}

function nameFrame ({ function: name, file, line }: StallEntry['frames'][number]): string {
  return name === undefined ? `${file}:${line}` : `${name} (${file}:${line})`
}
