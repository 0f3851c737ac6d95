import { numbers, readNumbers } from './numbers.js'
import { Progress } from './progress.js'
import { burgersEach, lastOrders } from './rules.js'
import { Scene } from './scene.js'
import { count, tellRun } from './sentence.js'
import { Timeline } from './timeline.js'

/** ms without news during a run after which the page says so; news comes every 100 ms. */
const silence = 400

/** One kitchen: its drawing, its numbers, and what one sees. `order` is called when a run is asked for. */
export class Kitchen {
  #key
  #heading
  #scene
  #timeline = new Timeline()
  #numbers = {}
  #now = document.createElement('p')
  #sentence = document.createElement('p')
  #run
  /** Moments of the page's clock. */
  #began = 0
  #heard = 0

  constructor (section, order) {
    this.#key = section.dataset.kitchen
    this.#heading = section.querySelector('h2')
    this.#scene = new Scene(this.#key)
    this.#now.className = 'now'
    this.#sentence.className = 'sentence'
    this.#sentence.setAttribute('role', 'status')
    this.button = document.createElement('button')
    this.button.type = 'button'
    this.button.textContent = 'Order here'
    this.button.setAttribute('aria-describedby', section.getAttribute('aria-labelledby'))
    this.button.setAttribute('aria-disabled', 'true')
    this.button.addEventListener('click', () => order(this.#key))
    section.append(
      this.button, this.#scene.element, this.#now, this.#sentence,
      this.#timeline.element, this.#createNumbers())
    this.clear()
  }

  get key () {
    return this.#key
  }

  get name () {
    return this.#heading.textContent
  }

  get isRunning () {
    return this.#run !== undefined && this.#run.result === undefined && this.#run.error === undefined
  }

  /** As the settings would have it; not while the last run is to be seen. */
  arrange (settings) {
    if (this.#run !== undefined) return
    this.#scene.arrange(settings)
    this.#scene.show(undefined, 0, false)
    this.#now.hidden = false
    this.#now.textContent = 'Nobody has ordered yet.'
  }

  /** The server knows which runs there were. */
  clear () {
    this.#run = undefined
    this.#sentence.textContent = ''
    this.#timeline.show({ questions: [], threads: [] }, 0, 0)
    for (const value of Object.values(this.#numbers)) value.textContent = '–'
  }

  begin (run, processors) {
    const progress = new Progress(run.settings)
    this.#run = { ...run, progress, processors }
    this.#heard = performance.now()
    this.#began = this.#heard - (run.at ?? 0)
    progress.add(run.events ?? [])
    this.#scene.arrange(run.settings)
    this.#sentence.textContent = ''
    if (run.result !== undefined) this.end(run)
    else this.show()
  }

  hear (events) {
    const { progress } = this.#run
    this.#heard = performance.now()
    // Before the first order connections are opened, and cooks may have to come.
    if (progress.orders.length === 0) this.#began = this.#heard - Math.max(0, ...events.map(({ at }) => at))
    progress.add(events)
    this.show()
  }

  end ({ result, error }) {
    const { settings, progress, processors } = this.#run
    Object.assign(this.#run, { result, error })
    this.#heard = performance.now()
    this.show()
    this.#sentence.textContent = error === undefined
      ? tellRun(settings, result, processors)
      : `The run broke off: ${error}`
    if (result !== undefined) this.#timeline.show(progress, result.took, result.took)
  }

  /** Scrolls to the drawing, unless all of it is to be seen. */
  bringIntoView () {
    const { top, bottom } = this.#scene.element.getBoundingClientRect()
    if (top < 0 || bottom > document.documentElement.clientHeight) this.#scene.element.scrollIntoView()
  }

  /** Draws the present moment; called for each frame of a run. */
  show () {
    const { progress, result } = this.#run
    const isOver = !this.isRunning
    const moment = performance.now()
    const at = isOver ? Infinity : moment - this.#began
    const unheard = isOver ? 0 : moment - this.#heard
    const isSilent = unheard > silence
    this.#scene.show(progress, at, isSilent)
    if (!isOver) this.#timeline.show(progress, at, isSilent ? this.#heard - this.#began : at)
    const measured = result ?? progress.measure()
    // The loop that sends no news answers no question for the menu.
    if (isSilent) measured.menu.longest = Math.max(measured.menu.longest, unheard)
    this.#showNumbers(measured)
    this.#now.classList.toggle('silent', isSilent)
    this.#now.hidden = isOver
    this.#now.textContent = isOver ? '' : this.#tellNow(at, unheard)
  }

  #tellNow (at, unheard) {
    const { progress, settings } = this.#run
    const isClosed = at > lastOrders && progress.orders.length < burgersEach * settings.customers
    return isClosed ? `${this.#tellWork(unheard)} Nobody orders any more.` : this.#tellWork(unheard)
  }

  #tellWork (unheard) {
    const { progress } = this.#run
    if (unheard > silence) {
      const seconds = (unheard / 1000).toFixed(1)
      return this.#key === 'computing'
        ? `No news for ${seconds} s: the loop that would send it is cooking.`
        : `No news for ${seconds} s.`
    }
    if (progress.orders.length === 0) return 'Everybody comes.'
    const { waiting, cooking, queued } = progress
    switch (this.#key) {
      case 'waiting': return `${count(waiting.length, 'burger')} in the oven, the loop is free.`
      case 'computing': return `${queued.length + waiting.length} in line, ${cooking.length} on the grill.`
      default:
        return `${queued.length} in line, ${waiting.length} with a cook who waits, ` +
          `${cooking.length} on the grills.`
    }
  }

  #createNumbers () {
    const list = document.createElement('dl')
    for (const [name, label] of Object.entries(numbers)) {
      const group = document.createElement('div')
      const term = document.createElement('dt')
      const value = this.#numbers[name] = document.createElement('dd')
      group.className = value.dataset.number = name
      term.textContent = label
      value.textContent = '–'
      group.append(term, value)
      list.append(group)
    }
    return list
  }

  #showNumbers (measured) {
    const texts = readNumbers(measured, this.#run.settings)
    for (const [name, value] of Object.entries(this.#numbers)) {
      const text = texts[name] ?? '–'
      if (value.textContent !== text) value.textContent = text
    }
    this.#numbers.menu.classList.toggle('bad', measured.menu.longest > 500)
  }
}
