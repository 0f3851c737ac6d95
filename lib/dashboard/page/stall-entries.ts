import type { StallEntry } from '../protocol.js'
import { Datum } from './datum.js'
import { element, makeBreakable, setText } from './elements.js'
import { formatClock, formatCount, formatDuration } from './format.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import { type Frame, nameFrame, type StallGroup } from './stall-groups.js'

/** Stalls at one place: how many, and on demand each of them with its stack. */
export class StallGroupEntry implements ItemView<StallGroup> {
  readonly element: HTMLElement
  readonly #time = element('time')
  readonly #count = Datum.make('count', formatCount)
  readonly #longest = Datum.make('held.max', formatDuration)
  readonly #times = element('span')
  readonly #details: HTMLDetailsElement
  readonly #stalls: KeyedList<StallEntry>
  #group: StallGroup

  /** `registration`: its name, where there are several. */
  constructor (group: StallGroup, registration: string | undefined) {
    this.#group = group
    const { route, place } = group
    const list = element('ol', { class: 'singles' })
    const name = nameGroup(group)
    this.#stalls = new KeyedList(list, ({ at, held }) => `${at} ${held}`, makeStall)
    this.#details = element('details', {},
      element('summary', {}, 'Each one', element('span', { class: 'visually-hidden' }, ` of ${name}`)), list)
    this.#details.addEventListener('toggle', () => this.#showStalls())
    this.element = element('li', { 'data-route': route, 'data-place': place && nameFrame(place) },
      this.#time,
      element('div', {},
        element('p', {}, ...describeGroup(group),
          ...(registration === undefined ? [] : [element('span', { class: 'of' }, ` (${registration})`)])),
        element('p', { class: 'counts' },
          this.#count.element, this.#times, element('strong', {}, this.#longest.element)),
        this.#details))
  }

  update (group: StallGroup): void {
    this.#group = group
    const { stalls, longest } = group
    const last = stalls[0]!.at
    setText(this.#time, formatClock(last))
    this.#time.dateTime = new Date(last).toISOString()
    this.#count.set(stalls.length)
    setText(this.#times, stalls.length === 1 ? ' time, for ' : ' times, up to ')
    this.#longest.set(longest)
    this.#showStalls()
  }

  #showStalls (): void {
    if (this.#details.open) this.#stalls.update(this.#group.stalls)
  }
}

function describeGroup ({ route, place }: StallGroup): (Node | string)[] {
  const code = place === undefined ? [] : [element('code', {}, nameFrame(place))]
  if (route === undefined) return place === undefined ? ['Others, by code of no known request'] : code
  const name = element('span', { class: 'route' }, ...makeBreakable(route))
  return place === undefined ? [name, ' in code of Node'] : [name, ' ', ...code]
}

function nameGroup ({ route, place }: StallGroup): string {
  return [route, place && nameFrame(place)].filter((part) => part !== undefined).join(', ') || 'the others'
}

function makeStall ({ at, held, frames }: StallEntry): ItemView<StallEntry> {
  const duration = Datum.make('held', formatDuration)
  duration.set(held)
  const [first] = frames
  const entry = element('li', { 'data-at': String(at) },
    element('p', {},
      element('time', { datetime: new Date(at).toISOString() }, formatClock(at)), ' ', duration.element),
    ...(first === undefined ? [] : [makeStack(first, frames)]))
  return { element: entry, update: () => {} }
}

function makeStack (first: Frame, frames: readonly Frame[]): HTMLElement {
  return element('details', {},
    element('summary', {},
      element('span', { class: 'visually-hidden' }, 'Stack of '), element('code', {}, nameFrame(first))),
    element('pre', { tabindex: '0' }, element('code', {}, frames.map(nameFrame).join('\n'))))
}
