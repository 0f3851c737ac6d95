import type { RegistrationState } from '../protocol.js'
import { element, find, setText } from './elements.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import type { Shown, View } from './view.js'

type Advice = NonNullable<RegistrationState['advice']>[number]

interface AdviceItem {
  advice: Advice
  /** Name of the registration. */
  registration: string
  /** Whether it is the only one of the server. */
  isOnly: boolean
}

/** How the line is to be applied, where that is not plain. */
const hints: Partial<Record<Advice['kind'], string>> = {
  mark: 'Add the option to the route, and keep its other options:',
  unmark: 'Change the option of the route, and keep its other options:',
  waits: 'Change the option of the route, and keep its other options:',
  concurrency: 'Add the option, and keep the other ones:',
  moreThreads: 'Change the option where the plugin is registered, and keep its other options:',
  fewerThreads: 'Change the option where the plugin is registered, and keep its other options:'
}

/** Changes that are advised on for all registrations, each with the line to paste. */
export class AdviceList implements View {
  readonly #list = new KeyedList<AdviceItem>(
    find('#advice .entries', HTMLElement), findKey, (item) => new Entry(item)
  )

  readonly #none = find('#no-advice', HTMLElement)
  readonly #off = find('#advice-off', HTMLElement)
  readonly #partlyOff = find('#advice-partly-off', HTMLElement)
  readonly #badge = find('[data-badge="advice"]', HTMLElement)

  update ({ history: { begin: { registrations }, state } }: Shown): void {
    const isOnly = registrations.length === 1
    const items = registrations.flatMap(({ name }, index) =>
      (state.registrations[index]?.advice ?? []).map((advice) => ({ advice, registration: name, isOnly })))
    const off = registrations.filter(({ isAdvised }) => !isAdvised)
    const isOff = off.length === registrations.length
    this.#list.update(items)
    this.#off.hidden = !isOff
    this.#partlyOff.hidden = isOff || off.length === 0
    setText(this.#partlyOff, `Advice is off for ${off.map(({ name }) => name).join(', ')}.`)
    this.#none.hidden = isOff || items.length > 0
    this.#badge.hidden = items.length === 0
    setText(this.#badge, `${items.length}`)
  }
}

/** The text of an advice changes, as it has times. */
function findKey ({ registration, advice }: AdviceItem): string {
  const place = 'place' in advice ? advice.place : undefined
  return JSON.stringify([registration, advice.kind, advice.route, place?.function, place?.file, place?.line])
}

class Entry implements ItemView<AdviceItem> {
  readonly element: HTMLElement
  readonly #text = element('p', { class: 'text' })
  readonly #line = element('code')
  readonly #copied = element('span', { class: 'copied', role: 'status' })

  constructor ({ advice: { kind, route }, registration, isOnly }: AdviceItem) {
    const button = element('button', { type: 'button' }, 'Copy')
    button.append(element('span', { class: 'visually-hidden' }, ` the line for ${route ?? 'this advice'}`))
    button.addEventListener('click', () => { this.#copy() })
    const hint = hints[kind]
    const attributes = { 'data-kind': kind, 'data-route': route, 'data-registration': registration }
    this.element = element('li', attributes,
      ...(isOnly ? [] : [element('p', { class: 'of' }, `Registration ${registration}`)]),
      this.#text,
      ...(hint === undefined ? [] : [element('p', { class: 'hint' }, hint)]),
      element('div', { class: 'line' }, element('pre', {}, this.#line), button, this.#copied))
  }

  update ({ advice: { text, line } }: AdviceItem): void {
    setText(this.#text, text)
    setText(this.#line, line)
  }

  async #copy (): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.#line.textContent ?? '')
      setText(this.#copied, 'Copied')
    } catch {
      // Browsers refuse it where the page came by plain HTTP from another machine.
      getSelection()?.selectAllChildren(this.#line)
      setText(this.#copied, 'The browser refuses to copy. The line is selected: copy it by the keyboard.')
    }
    setTimeout(() => setText(this.#copied, ''), 6_000)
  }
}
