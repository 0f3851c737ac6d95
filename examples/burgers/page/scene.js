import { drawBurger, drawGrill, drawPerson } from './figures.js'
import { draw, place } from './svg.js'

const width = 340
const counter = 96
const shirts = 6

/** Customers who wait for longer frown; ms. */
const long = 1000

/**
 * Who stands where: the kitchen above, the counter, and below it the customers.
 * `show()` is given a Progress, the moment in ms, and whether the page hears nothing of the server.
 */
export class Scene {
  #kitchen
  #equipment
  #people
  #cashier
  #number = draw('text', { class: 'number', 'text-anchor': 'middle' })
  #customers = []
  #cooks = []
  #trays = []
  #grill
  #labels = draw('g')
  element

  constructor (kitchen) {
    this.#kitchen = kitchen
    this.#equipment = draw('g')
    this.#people = draw('g')
    this.#cashier = draw('g', { class: 'cashier' }, drawPerson('cap', 'staff'))
    const attributes = { class: `scene ${kitchen}`, viewBox: `0 0 ${width} 218`, 'aria-hidden': 'true' }
    this.element = draw('svg', attributes,
      draw('rect', { class: 'wall', width, height: counter + 10 }),
      draw('path', { class: 'tiles', d: `M0 24h${width}M0 48h${width}M0 72h${width}` }),
      this.#equipment,
      place(44, counter - 30, this.#cashier),
      draw('rect', { class: 'counter', y: counter, width, height: 30 }),
      draw('rect', { class: 'edge', y: counter, width, height: 5 }),
      draw('text', { class: 'sign', x: 44, y: counter + 21, 'text-anchor': 'middle' }, 'the loop'),
      this.#number,
      this.#labels,
      this.#people)
  }

  /** @param {{ customers: number, cooks: number }} settings */
  arrange ({ customers, cooks }) {
    this.#equipment.replaceChildren(...this.#drawEquipment(cooks))
    // A few are drawn larger than many.
    const rows = customers > 8 ? 2 : 1
    const perRow = Math.ceil(customers / rows)
    const size = rows === 1 ? 1.1 : 0.72
    const distance = Math.min(40, 324 / perRow)
    this.#customers = Array.from({ length: customers }, () => {
      const eaten = [-9, 0, 9].map((x) =>
        draw('g', { class: 'eaten', transform: `translate(${x} 0) scale(.62)` }, drawBurger()))
      return { eaten, element: draw('g', { class: 'customer' }) }
    })
    this.#people.replaceChildren(...this.#customers.map(({ element, eaten }, index) => {
      const row = Math.floor(index / perRow)
      const x = width / 2 + (index % perRow - (Math.min(perRow, customers - row * perRow) - 1) / 2) * distance
      element.append(drawPerson('none', `shirt-${index % shirts}`), place(0, -15, ...eaten))
      const y = counter + (rows === 1 ? 72 : 54 + row * 43)
      return draw('g', { transform: `translate(${x} ${y}) scale(${size})` }, element)
    }))
  }

  show (progress, at, isSilent) {
    const { classList } = this.element
    classList.toggle('silent', isSilent)
    const isCooking = isSilent || (progress !== undefined && progress.cooking.length > 0)
    const isAway = this.#kitchen === 'computing' && isCooking
    this.#cashier.classList.toggle('away', isAway)
    this.#cashier.classList.toggle('greets', !isSilent)
    this.#customers.forEach((drawn, index) => this.#showCustomer(drawn, progress?.customers[index], at))
    this.#showNumber(progress)
    switch (this.#kitchen) {
      case 'waiting': this.#showOven(progress); break
      case 'computing': this.#showGrill(this.#grill, isAway, (progress?.waiting.length ?? 0) > 0); break
      case 'threads': this.#showCooks(progress)
    }
  }

  #drawEquipment (cooks) {
    switch (this.#kitchen) {
      case 'waiting':
        this.#trays = Array.from({ length: 24 }, (_, index) => {
          const [x, y] = [151 + index % 8 * 22, 37 + Math.floor(index / 8) * 19]
          return draw('g', { class: 'tray', transform: `translate(${x} ${y}) scale(1.15)` }, drawBurger())
        })
        return [
          draw('rect', { class: 'oven', x: 128, y: 8, width: 200, height: counter - 8, rx: 8 }),
          draw('rect', { class: 'window', x: 136, y: 22, width: 184, height: 62, rx: 5 }),
          draw('path', { class: 'shelf', d: 'M138 44h180M138 63h180M138 82h180' }),
          draw('path', { class: 'handle', d: 'M200 15h56' }),
          ...this.#trays
        ]
      case 'computing':
        this.#grill = drawGrill()
        return [
          draw('rect', { class: 'stove', x: 186, y: 62, width: 92, height: counter - 62, rx: 3 }),
          draw('rect', { class: 'window', x: 214, y: 76, width: 56, height: 14, rx: 3 }),
          ...[222, 242, 262].map((cx) => draw('circle', { class: 'knob', cx, cy: 69, r: 2.5 })),
          place(242, 57, this.#grill)
        ]
      default:
        this.#cooks = Array.from({ length: cooks }, () => ({
          person: drawPerson('toque', 'cook'),
          grill: drawGrill(),
          label: draw('text', { class: 'sign', 'text-anchor': 'middle' })
        }))
        this.#labels.replaceChildren(
          draw('text', { class: 'sign', x: 104, y: counter + 21, 'text-anchor': 'middle' }, 'threads'),
          ...this.#cooks.map(({ label }) => label))
        return this.#cooks.flatMap(({ person, grill, label }, index) => {
          const x = 124 + (index + 0.5) * 208 / cooks
          const size = cooks > 3 ? 0.75 : 1
          label.setAttribute('x', x)
          label.setAttribute('y', counter + 21)
          const transform = `translate(${x + 12} ${counter - 5}) scale(${size})`
          return [place(x - 14, counter - 34, person), draw('g', { transform }, grill)]
        })
    }
  }

  #showCustomer ({ element, eaten }, customer, at) {
    const order = customer?.order
    const { burgers, missed } = customer ?? { burgers: 0, missed: 0 }
    const isServed = order === undefined || order.served !== undefined || order.missed !== undefined
    element.classList.toggle('pleased', isServed && burgers > 0)
    element.classList.toggle('cross', missed > 0 || (!isServed && at - order.ordered > long))
    eaten.forEach((burger, index) => burger.classList.toggle('there', index < burgers))
  }

  #showNumber (progress) {
    const isOven = this.#kitchen === 'waiting'
    this.#number.setAttribute('x', isOven ? 228 : 242)
    this.#number.setAttribute('y', counter + 21)
    const number = (isOven ? progress?.waiting : progress?.open)?.length ?? 0
    const text = isOven ? `${number} in the oven` : `${number} to cook`
    this.#number.textContent = this.#kitchen === 'threads' || number === 0 ? '' : text
  }

  #showOven (progress) {
    const baked = progress?.waiting.length ?? 0
    this.#trays.forEach((tray, index) => tray.classList.toggle('there', index < baked))
  }

  #showGrill (grill, isLit, waits) {
    grill.classList.toggle('lit', isLit)
    grill.classList.toggle('waits', waits && !isLit)
  }

  #showCooks (progress) {
    const threads = progress?.threads ?? []
    this.#cooks.forEach(({ grill, label }, index) => {
      label.textContent = threads[index] ?? ''
      const [order] = threads[index] === undefined ? [] : progress.holdsOf(threads[index])
      this.#showGrill(grill, order?.cooking !== undefined, order !== undefined)
    })
  }
}
