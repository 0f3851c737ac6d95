import { numbers, readNumbers } from './numbers.js'
import { burgersEach, kitchens } from './rules.js'
import { count } from './sentence.js'

/** The table of the last run in each kitchen. */
export class Comparison {
  #body
  #note
  #runs = {}

  constructor (body, note) {
    this.#body = body
    this.#note = note
    this.#fill()
  }

  clear () {
    this.#runs = {}
    this.#fill()
  }

  show (run) {
    this.#runs[run.settings.kitchen] = run
    this.#fill()
  }

  #fill () {
    const runs = kitchens.map((kitchen) => this.#runs[kitchen])
    const texts = runs.map((run) => run && { orders: tellOrders(run.settings), ...readNumbers(run.result) })
    this.#body.replaceChildren(...Object.entries({ orders: 'Orders', ...numbers }).map(([name, label]) =>
      createRow(name, label, texts.map((text) => text?.[name] ?? '–'))))
    const kinds = new Set(runs.filter(Boolean).map(({ settings }) => nameOrders(settings)))
    this.#note.textContent = kinds.size > 1
      ? 'These were not the same orders. Order in all three to compare them.'
      : ''
  }
}

function createRow (name, label, texts) {
  const row = document.createElement('tr')
  row.dataset.number = name
  const heading = document.createElement('th')
  heading.scope = 'row'
  heading.textContent = label
  row.append(heading, ...texts.map((text, index) => {
    const cell = document.createElement('td')
    cell.dataset.kitchen = kitchens[index]
    cell.textContent = text
    return cell
  }))
  return row
}

function tellOrders (settings) {
  return settings.kitchen === 'threads'
    ? `${nameOrders(settings)}, ${count(settings.cooks, 'cook')}`
    : nameOrders(settings)
}

function nameOrders ({ customers, waiting, cooking }) {
  return `${customers} × ${burgersEach} of ${waiting} + ${cooking} ms`
}
