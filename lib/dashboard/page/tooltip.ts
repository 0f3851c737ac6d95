import { element } from './elements.js'

export interface TooltipLine {
  swatch?: Node | undefined
  label: string
  value: string
}

/** Lines beside the pointer. They are not for screen readers, for which the page has tables. */
export class Tooltip {
  readonly #element = element('div', { class: 'tooltip', 'aria-hidden': 'true', hidden: '' })

  constructor () {
    document.body.append(this.#element)
  }

  show (clientX: number, clientY: number, title: string, lines: readonly TooltipLine[]): void {
    this.#element.replaceChildren(element('p', {}, title), ...lines.map(({ swatch = '', label, value }) =>
      element('div', {}, swatch, element('span', {}, label), element('span', { class: 'value' }, value))))
    this.#element.hidden = false
    const { offsetWidth: width, offsetHeight: height } = this.#element
    const left = clientX + 16 + width < innerWidth ? clientX + 16 : Math.max(clientX - 16 - width, 4)
    const top = clientY + 16 + height < innerHeight ? clientY + 16 : Math.max(clientY - 16 - height, 4)
    this.#element.style.left = `${left}px`
    this.#element.style.top = `${top}px`
  }

  hide (): void {
    this.#element.hidden = true
  }
}
