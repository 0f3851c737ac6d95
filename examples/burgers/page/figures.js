import { draw, place } from './svg.js'

/** Heads are at (0, 0), and their radius is 9. `hat`: 'cap', 'toque' or none. */
export function drawPerson (hat, shirt) {
  return draw('g', { class: `person ${shirt}` },
    draw('path', { class: 'shirt', d: 'M-13 34c0-14 4-22 13-22s13 8 13 22z' }),
    draw('circle', { class: 'skin', r: 9 }),
    draw('g', { class: 'face' },
      draw('circle', { class: 'eye', cx: -3.2, cy: -0.5, r: 1.2 }),
      draw('circle', { class: 'eye', cx: 3.2, cy: -0.5, r: 1.2 }),
      draw('path', { class: 'mouth smile', d: 'M-3.6 3.2q3.6 3.6 7.2 0' }),
      draw('path', { class: 'mouth flat', d: 'M-3 4.2h6' }),
      draw('path', { class: 'mouth frown', d: 'M-3.6 5.6q3.6-3.6 7.2 0' })),
    draw('circle', { class: 'hair', r: 9 }),
    ...drawHat(hat))
}

function drawHat (hat) {
  if (hat === 'cap') return [draw('path', { class: 'cap', d: 'M-9.5-2.5a9.5 9 0 0 1 19 0h4v2.5h-4z' })]
  if (hat !== 'toque') return []
  return [draw('path', {
    class: 'toque',
    d: 'M-7.5-3.5v-5a5 5 0 1 1 3-8.8 5.5 5.5 0 0 1 9 0 5 5 0 1 1 3 8.8v5z'
  })]
}

/** 14 wide and 10 high, from (-7, -5). */
export function drawBurger () {
  return draw('g', { class: 'burger' },
    draw('path', { class: 'bun', d: 'M-6.5-.8c0-3.5 3-4.7 6.5-4.7s6.5 1.2 6.5 4.7z' }),
    draw('path', { class: 'lettuce', d: 'M-7.5-.8h15l-1 1.8h-13z' }),
    draw('rect', { class: 'patty', x: -7, y: 0.8, width: 14, height: 2, rx: 1 }),
    draw('path', { class: 'bun', d: 'M-6.5 3h13c0 1.8-1 2.5-2.5 2.5h-8c-1.5 0-2.5-.7-2.5-2.5z' }))
}

/** The flame is shown by CSS while it is `lit`, the clock while it `waits`. */
export function drawGrill () {
  return draw('g', { class: 'grill' },
    draw('path', {
      class: 'flame',
      d: 'M-11 0c-4-6 1-8 0-14 6 3 4 7 7 8 1-5 4-7 4-12 6 4 5 9 7 11 2-2 2-4 2-6 4 5 3 10 1 13z'
    }),
    draw('rect', { class: 'iron', x: -16, y: 0, width: 32, height: 5, rx: 2 }),
    place(0, -8, draw('g', { class: 'clock' },
      draw('circle', { r: 7 }),
      draw('path', { d: 'M0-4v4l3 2' }))))
}
