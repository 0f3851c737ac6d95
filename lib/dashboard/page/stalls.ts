import type { StallEntry } from '../protocol.js'
import { Datum } from './datum.js'
import { element, find, makeBreakable, setText } from './elements.js'
import { formatClock, formatCount, formatDuration } from './format.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import type { Shown, View } from './view.js'

type Frame = StallEntry['frames'][number]

/** The stalls of the event loop, the last one first. */
export class Stalls implements View {
  readonly #list = new KeyedList<StallEntry>(
    find('#stalls .entries', HTMLElement),
    ({ at, held, registration }) => `${at} ${held} ${registration}`,
    (stall) => makeEntry(stall)
  )

  readonly #count = Datum.find(document, 'stalls', formatCount)
  readonly #scroll = find('#stalls .scroll', HTMLElement)
  readonly #noWatch = find('#no-watch', HTMLElement)
  readonly #none = find('#no-stalls', HTMLElement)
  readonly #limit = find('#stalls .limit', HTMLElement)
  readonly #badge = find('[data-badge="stalls"]', HTMLElement)

  update ({ history: { stalls, begin, areStallsCut } }: Shown): void {
    this.#list.update(stalls.toReversed())
    const isWatched = begin.registrations.some(({ isWatched }) => isWatched)
    this.#count.set(isWatched ? stalls.length : undefined)
    this.#noWatch.hidden = isWatched
    this.#scroll.hidden = stalls.length === 0
    this.#none.hidden = !isWatched || stalls.length > 0
    this.#limit.hidden = !areStallsCut
    setText(this.#limit, `These are the last ${begin.keptEntries} of each registration.`)
    this.#badge.hidden = stalls.length === 0
    setText(this.#badge, `${stalls.length}`)
  }
}

function makeEntry ({ at, held, route, frames }: StallEntry): ItemView<StallEntry> {
  const duration = Datum.make('held', formatDuration)
  duration.set(held)
  const [first] = frames
  const entry = element('li', { 'data-at': String(at), 'data-route': route },
    element('time', { datetime: new Date(at).toISOString() }, formatClock(at)),
    element('p', {}, element('strong', {}, duration.element), ' held by ', ...(route === undefined
      ? ['code of no known request']
      : [element('span', { class: 'route' }, ...makeBreakable(route))])),
    ...(first === undefined ? [] : [makeStack(first, frames)]))
  return { element: entry, update: () => {} }
}

function makeStack (first: Frame, frames: readonly Frame[]): HTMLElement {
  return element('details', {},
    element('summary', {},
      element('span', { class: 'visually-hidden' }, 'Stack of '), element('code', {}, nameFrame(first))),
    element('pre', { tabindex: '0' }, element('code', {}, frames.map(nameFrame).join('\n'))))
}

function nameFrame ({ function: name, file, line }: Frame): string {
  return name === undefined ? `${file}:${line}` : `${name} (${file}:${line})`
}
