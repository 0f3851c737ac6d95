import { element, find } from './elements.js'

export interface ChoiceOption { value: number, label: string }

/** Radio buttons, of which the page remembers which one is checked. */
export class Choice {
  value: number
  readonly #fieldset: HTMLFieldSetElement
  readonly #key: string
  readonly #changed: () => void
  #labels = ''

  constructor (id: string, value: number, changed: () => void) {
    this.#fieldset = find(`#${id}`, HTMLFieldSetElement)
    this.#key = `fastify-blocking.${id}`
    this.#changed = changed
    this.value = readStored(this.#key) ?? value
  }

  /** With one option there is nothing to choose. */
  offer (options: readonly ChoiceOption[]): void {
    this.#fieldset.hidden = options.length < 2
    if (!options.some(({ value }) => value === this.value)) this.value = options[0]?.value ?? 0
    const labels = JSON.stringify(options)
    if (labels === this.#labels) return
    this.#labels = labels
    for (const label of this.#fieldset.querySelectorAll('label')) label.remove()
    this.#fieldset.append(...options.map(({ value, label }) => {
      const input = element('input', { type: 'radio', name: this.#fieldset.id, value: String(value) })
      input.checked = value === this.value
      input.addEventListener('change', () => this.#choose(value))
      return element('label', {}, input, element('span', {}, label))
    }))
  }

  #choose (value: number): void {
    this.value = value
    try {
      sessionStorage.setItem(this.#key, String(value))
    } catch {
      // Where storage is forbidden the choice is that of the page until it is loaded again.
    }
    this.#changed()
  }
}

function readStored (key: string): number | undefined {
  try {
    const stored = sessionStorage.getItem(key)
    return stored === null ? undefined : Number(stored)
  } catch {
    return undefined
  }
}
