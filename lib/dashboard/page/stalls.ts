import { Datum } from './datum.js'
import { find, setText } from './elements.js'
import { formatCount } from './format.js'
import { KeyedList } from './keyed-list.js'
import { StallGroupEntry } from './stall-entries.js'
import { groupStalls, type StallGroup } from './stall-groups.js'
import type { Shown, View } from './view.js'

/** The stalls of the event loop by their place in the code. */
export class Stalls implements View {
  readonly #entries = find('#stalls .entries', HTMLElement)
  readonly #list = new KeyedList<StallGroup>(this.#entries, ({ key }) => key, (group) => this.#make(group))
  readonly #count = Datum.find(document, 'stalls', formatCount)
  readonly #scroll = find('#stalls .scroll', HTMLElement)
  readonly #noWatch = find('#no-watch', HTMLElement)
  readonly #none = find('#no-stalls', HTMLElement)
  readonly #limit = find('#stalls .limit', HTMLElement)
  readonly #badge = find('[data-badge="stalls"]', HTMLElement)
  #names: string[] = []
  /** Keys of the groups as they are shown. */
  #order: string[] = []

  update ({ history: { stalls, begin, areStallsCut } }: Shown): void {
    this.#names = begin.registrations.map(({ name }) => name)
    this.#list.update(this.#sort(groupStalls(stalls)))
    const isWatched = begin.registrations.some(({ isWatched }) => isWatched)
    this.#count.set(isWatched ? stalls.length : undefined)
    this.#noWatch.hidden = isWatched
    setText(this.#noWatch, begin.registrations.some(({ isAdvised }) => isAdvised)
      ? 'Stalls are not seen: the event loop cannot be watched here.'
      : 'Stalls are not seen while advice is off.')
    this.#scroll.hidden = stalls.length === 0
    this.#none.hidden = !isWatched || stalls.length > 0
    this.#limit.hidden = !areStallsCut
    setText(this.#limit, `These are the last ${begin.keptEntries} of each registration.`)
    this.#badge.hidden = stalls.length === 0
    setText(this.#badge, `${stalls.length}`)
  }

  /** A group does not move while somebody points at it or reads it. */
  #sort (groups: StallGroup[]): StallGroup[] {
    if (this.#entries.matches(':hover, :focus-within')) {
      const places = new Map(this.#order.map((key, index) => [key, index]))
      const findPlace = ({ key }: StallGroup) => places.get(key) ?? this.#order.length
      groups.sort((a, b) => findPlace(a) - findPlace(b))
    }
    this.#order = groups.map(({ key }) => key)
    return groups
  }

  #make (group: StallGroup): StallGroupEntry {
    return new StallGroupEntry(group, this.#names.length > 1 ? this.#names[group.registration] : undefined)
  }
}
