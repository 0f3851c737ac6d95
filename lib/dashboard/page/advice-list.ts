import type { RegistrationState } from '../protocol.js'
import { element, find, setText } from './elements.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import type { Shown, View } from './view.js'

type Advice = NonNullable<RegistrationState['advice']>[number]

/** What to change, each with the line to paste. */
export class AdviceList implements View {
  readonly #list = new KeyedList<Advice>(
    find('#advice .entries', HTMLElement), findKey, (advice) => new Entry(advice)
  )

  readonly #none = find('#no-advice', HTMLElement)
  readonly #off = find('#advice-off', HTMLElement)
  readonly #badge = find('[data-badge="advice"]', HTMLElement)

  update ({ state: { advice } }: Shown): void {
    this.#list.update(advice ?? [])
    this.#off.hidden = advice !== undefined
    this.#none.hidden = advice === undefined || advice.length > 0
    const count = advice?.length ?? 0
    this.#badge.hidden = count === 0
    setText(this.#badge, `${count}`)
  }
}

/** The text of an advice changes, as it has times. */
function findKey (advice: Advice): string {
  const place = 'place' in advice ? advice.place : undefined
  return JSON.stringify([advice.kind, advice.route, place?.function, place?.file, place?.line])
}

class Entry implements ItemView<Advice> {
  readonly element: HTMLElement
  readonly #text = element('p', { class: 'text' })
  readonly #line = element('code')
  readonly #copied = element('span', { class: 'copied', role: 'status' })

  constructor ({ kind, route }: Advice) {
    const button = element('button', { type: 'button' }, 'Copy')
    button.append(element('span', { class: 'visually-hidden' }, ` the line for ${route ?? 'this advice'}`))
    button.addEventListener('click', () => { this.#copy() })
    this.element = element('li', { 'data-kind': kind, 'data-route': route },
      this.#text,
      element('div', { class: 'line' }, element('pre', {}, this.#line), button, this.#copied))
  }

  update ({ text, line }: Advice): void {
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
