import { readNumbers } from './kitchen.js'

const titles = { waiting: 'One loop that waits', computing: 'One loop that computes', threads: 'Cooks in worker threads' }

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
    this.#body.replaceChildren(...Object.entries(titles).map(([kitchen, title]) => createRow(kitchen, title, this.#runs[kitchen])))
    const runs = Object.values(this.#runs)
    const kinds = new Set(runs.map(({ settings: { customers, waiting, cooking } }) => `${customers} ${waiting} ${cooking}`))
    this.#note.textContent = kinds.size > 1 ? 'These were not the same orders: run all three to compare them.' : ''
  }
}

function createRow (kitchen, title, run) {
  const row = document.createElement('tr')
  row.dataset.kitchen = kitchen
  const heading = document.createElement('th')
  heading.scope = 'row'
  heading.textContent = title
  const texts = run === undefined
    ? { orders: '–', served: '–', perSecond: '–', p50: '–', longest: '–', menu: '–', took: '–' }
    : { orders: tellSettings(run.settings), ...readNumbers(run.result) }
  row.append(heading, ...Object.entries(texts).map(([name, text]) => {
    const cell = document.createElement('td')
    cell.dataset.number = name
    cell.textContent = text
    return cell
  }))
  return row
}

function tellSettings ({ kitchen, customers, cooks, waiting, cooking }) {
  const cooksToo = kitchen === 'threads' ? `, ${cooks} cook${cooks === 1 ? '' : 's'}` : ''
  return `${customers} × 3, ${waiting} + ${cooking} ms${cooksToo}`
}
