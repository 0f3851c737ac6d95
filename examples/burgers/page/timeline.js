import { promptly } from './progress.js'
import { draw } from './svg.js'

const width = 340
const left = 56
const rowHeight = 22
const gap = 6

/** A chart of time: questions for the menu above, and below what each thread had to do. */
export class Timeline {
  element = draw('svg', { class: 'timeline', 'aria-hidden': 'true' })

  /**
   * In ms since the beginning of the run: the present moment, and when the last news came. If that is
   * earlier, the menu is drawn as not answered since: a loop that sends no news answers no question.
   */
  show (progress, at, heard) {
    const rows = [{ label: '/menu', marks: this.#drawQuestions(progress, at, heard) }]
    for (const thread of progress.threads) {
      rows.push({ label: nameThread(thread), marks: this.#drawOrders(progress, thread, at) })
    }
    const longest = Math.max(500, at)
    const height = rows.length * (rowHeight + gap) + 14
    this.element.setAttribute('viewBox', `0 0 ${width} ${height}`)
    this.element.replaceChildren(
      ...rows.flatMap(({ label, marks }, index) => {
        const y = index * (rowHeight + gap)
        return [
          draw('text', { class: 'label', x: 0, y: y + 15 }, label),
          draw('rect', { class: 'row', x: left, y, width: width - left, height: rowHeight }),
          ...marks.map(({ from, to, className, top = 0, high = rowHeight }) => {
            const x = scale(from)
            const length = Math.max(1.5, scale(to) - x)
            return draw('rect', { class: className, x, y: y + top, width: length, height: high })
          })
        ]
      }),
      ...(heard < at ? [drawUnheard()] : []),
      draw('text', { class: 'label', x: left, y: height - 2 }, '0 s'),
      draw('text', { class: 'label end', x: width, y: height - 2 }, `${(longest / 1000).toFixed(1)} s`))

    function drawUnheard () {
      const x = scale(heard)
      const unheard = { x, y: 0.5, width: scale(at) - x, height: rows.length * (rowHeight + gap) - gap - 1 }
      return draw('rect', { class: 'unheard', ...unheard })
    }

    function scale (moment) {
      return Math.round(10 * (left + (width - left) * Math.min(1, moment / longest))) / 10
    }
  }

  #drawQuestions ({ questions }, at, heard) {
    const answered = questions.map(({ asked, took }) => took > promptly
      ? { from: asked, to: asked + took, className: 'silent' }
      : { from: asked, to: asked + took, className: 'answered', top: 5, high: rowHeight - 10 })
    return heard < at ? [...answered, { from: heard, to: at, className: 'silent' }] : answered
  }

  /** Burgers that wait at the same time share the lower half of the row, one that is cooked takes all. */
  #drawOrders ({ orders }, thread, at) {
    const own = orders.filter((order) => order.thread === thread && order.begun !== undefined)
    const lanes = []
    const waits = own.map(({ begun, cooking, served = at }) => {
      const to = cooking ?? served
      const free = lanes.findIndex((end) => end <= begun)
      const lane = free < 0 ? lanes.length : free
      lanes[lane] = to
      return { from: begun, to, className: 'idle', lane }
    })
    const high = rowHeight / 2 / Math.max(1, lanes.length)
    return [
      ...waits.map(({ lane, ...mark }) => ({ ...mark, top: rowHeight / 2 + lane * high, high })),
      ...own.filter(({ cooking }) => cooking !== undefined)
        .map(({ cooking, served = at }) => ({ from: cooking, to: served, className: 'cooks' }))
    ]
  }
}

/** @param {number} thread 0 is the main thread, where the loop of the server is. */
export function nameThread (thread) {
  return thread === 0 ? 'the loop' : `thread ${thread}`
}
