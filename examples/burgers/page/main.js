/* global EventSource, requestAnimationFrame */
import { Comparison } from './comparison.js'
import { Kitchen } from './kitchen.js'
import { burgersEach, lastOrders, patience } from './rules.js'
import { Settings } from './settings.js'

const connection = document.getElementById('connection')
const where = document.getElementById('where')
const refusal = document.getElementById('refusal')
const all = document.getElementById('all')
const settings = new Settings(document.getElementById('settings'), arrange)
const comparison = new Comparison(
  document.getElementById('comparison'), document.getElementById('comparison-note'))
const kitchens = new Map([...document.querySelectorAll('.kitchen')].map((section) => {
  const kitchen = new Kitchen(section, (key) => order([key]))
  return [kitchen.key, kitchen]
}))

document.getElementById('rules').textContent =
  `Each customer orders ${burgersEach} burgers. After ${lastOrders / 1000} s nobody orders any more, ` +
  `and after ${patience / 1000} s whoever still waits leaves.`

let processors
/** The kitchens in which this page orders next. */
let next = []
/** The run that goes on, whoever has started it, and its kitchen. */
let current
let isConnected = false

const news = new EventSource('news')

news.addEventListener('hello', ({ data }) => {
  const { limits, runs, processors: number } = JSON.parse(data)
  processors = number
  isConnected = true
  connection.textContent = ''
  current = undefined
  settings.limit(limits, processors)
  comparison.clear()
  for (const kitchen of kitchens.values()) kitchen.clear()
  for (const run of runs) begin(run)
  arrange()
  showButtons()
})

news.addEventListener('begin', ({ data }) => begin(JSON.parse(data)))

news.addEventListener('news', ({ data }) => {
  const { number, events } = JSON.parse(data)
  if (current?.number === number) current.kitchen.hear(events)
})

news.addEventListener('end', ({ data }) => {
  const outcome = JSON.parse(data)
  if (current?.number !== outcome.number) return
  const { kitchen, run } = current
  current = undefined
  kitchen.end(outcome)
  if (outcome.result === undefined) next = []
  else comparison.show({ ...run, ...outcome })
  if (next.length === 0) tellWhere(undefined)
  showButtons()
  if (next.length > 0) orderNext()
})

// The browser connects again by itself, unless the server has refused.
news.addEventListener('error', () => {
  isConnected = false
  next = []
  // Its silence is no longer that of a loop which cooks.
  current = undefined
  tellWhere(undefined)
  connection.textContent = news.readyState === EventSource.CLOSED
    ? 'The server has refused to send news. Reload the page to try again.'
    : 'No connection to the server. Trying again.'
  showButtons()
})

document.getElementById('settings').addEventListener('submit', (event) => {
  event.preventDefault()
  order([...kitchens.keys()])
})

function begin (run) {
  const kitchen = kitchens.get(run.settings.kitchen)
  kitchen.begin(run, processors)
  if (run.result !== undefined) {
    comparison.show(run)
    return
  }
  current = { number: run.number, run, kitchen }
  tellWhere(kitchen)
  showButtons()
  requestAnimationFrame(showFrame)
}

function showFrame () {
  if (current === undefined) return
  current.kitchen.show()
  requestAnimationFrame(showFrame)
}

function order (keys) {
  if (!isConnected || current !== undefined || next.length > 0) return
  next = keys
  orderNext()
}

async function orderNext () {
  const [kitchen] = next
  next = next.slice(1)
  refusal.textContent = ''
  // Before the page scrolls: the line takes room above the kitchens.
  tellWhere(kitchens.get(kitchen))
  kitchens.get(kitchen).bringIntoView()
  const response = await fetch('runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kitchen, ...settings.values })
  }).catch(() => undefined)
  if (response?.ok) return
  next = []
  tellWhere(current?.kitchen)
  refusal.textContent = response === undefined
    ? 'The server cannot be reached.'
    : (await response.json()).message
}

function tellWhere (kitchen) {
  where.textContent = kitchen === undefined ? '' : `Orders go to: ${kitchen.name}.`
}

function arrange () {
  for (const kitchen of kitchens.values()) kitchen.arrange(settings.values)
}

/** A button that is disabled would lose the focus. */
function showButtons () {
  const isDisabled = String(!isConnected || current !== undefined)
  all.setAttribute('aria-disabled', isDisabled)
  for (const { button } of kitchens.values()) button.setAttribute('aria-disabled', isDisabled)
}
