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
    const texts = runs.map((run) => run && readColumn(run))
    this.#body.replaceChildren(...Object.entries({ orders: 'Orders', ...numbers }).map(([name, label]) =>
      createRow(name, label, texts.map((text) => text?.[name] ?? '–'))))
    this.#note.textContent = tellDifferences(runs.filter((run) => run !== undefined))
  }
}

function readColumn ({ settings, result }) {
  return { orders: tellOrders(settings), ...readNumbers(result, settings) }
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

function tellDifferences (runs) {
  const sentences = []
  if (new Set(runs.map(({ settings }) => nameOrders(settings))).size > 1) {
    sentences.push('These were not the same orders. Order in all three to compare them.')
  }
  if (runs.some(({ settings, result }) => result.served < burgersEach * settings.customers)) {
    sentences.push('Where not all burgers were served, times are those of fewer: compare burgers per second.')
  }
  return sentences.join(' ')
}

function tellOrders (settings) {
  return settings.kitchen === 'threads'
    ? `${nameOrders(settings)}, ${count(settings.cooks, 'cook')}`
    : nameOrders(settings)
}

function nameOrders ({ customers, waiting, cooking }) {
  return `${customers} × ${burgersEach} of ${waiting} + ${cooking} ms`
}
