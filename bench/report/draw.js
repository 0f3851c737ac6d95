import { parse, View } from 'vega'

// The same in each plot, and apart for eyes that do not tell red from green.
const looks = {
  'fastify-blocking': { color: '#0072b2', shape: 'circle' },
  piscina: { color: '#d55e00', shape: 'square' },
  'piscina, bytes by hand': { color: '#cc79a7', shape: 'triangle-up' },
  'on the loop': { color: '#444444', shape: 'diamond' }
}

/** A table as the text of an SVG: a line for each row, its medians by the columns, and a stroke for each range. */
export function draw ({ title, x, y }, { columns, rows }) {
  const { place = (column) => column } = x
  const points = rows.flatMap(({ label, cells }) => cells.map(({ median, range: [least, most] }, column) =>
    ({ who: label, x: place(columns[column]), median, least, most })))
  const at = { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'median' } }
  const color = { scale: 'color', field: 'who' }
  const axis = { grid: true, gridColor: '#e5e5e5', titlePadding: 10, titleFontSize: 13, labelFontSize: 12 }
  const who = rows.map(({ label }) => label)
  const spec = {
    width: 560,
    height: 340,
    padding: 16,
    background: 'white',
    config: { text: { font: 'sans-serif' } },
    title: { text: title, anchor: 'start', fontSize: 15, offset: 16 },
    data: [{ name: 'points', values: points }],
    scales: [
      x.type === 'log'
        ? { name: 'x', type: 'log', range: 'width', domain: { data: 'points', field: 'x' } }
        : { name: 'x', type: 'point', range: 'width', padding: 0.3, domain: columns },
      { name: 'y', type: 'log', range: 'height', nice: true, domain: { data: 'points', fields: ['least', 'most'] } },
      { name: 'color', type: 'ordinal', domain: who, range: who.map((label) => looks[label].color) },
      { name: 'shape', type: 'ordinal', domain: who, range: who.map((label) => looks[label].shape) }
    ],
    axes: [
      { ...axis, orient: 'bottom', scale: 'x', title: x.title, ...(x.type === 'log' && { values: points.map(({ x }) => x), format: '~s' }) },
      { ...axis, orient: 'left', scale: 'y', title: y.title, tickCount: 6, format: '~r' }
    ],
    legends: [{ fill: 'color', shape: 'shape', orient: 'right', labelFontSize: 12, symbolSize: 80, labelLimit: 240 }],
    marks: [
      {
        type: 'group',
        from: { facet: { name: 'line', data: 'points', groupby: 'who' } },
        marks: [
          { type: 'line', from: { data: 'line' }, encode: { enter: { ...at, stroke: color, strokeWidth: { value: 2 } } } },
          { type: 'rule', from: { data: 'line' }, encode: { enter: { x: at.x, y: { scale: 'y', field: 'least' }, y2: { scale: 'y', field: 'most' }, stroke: color } } },
          { type: 'symbol', from: { data: 'line' }, encode: { enter: { ...at, fill: color, shape: { scale: 'shape', field: 'who' }, size: { value: 80 } } } }
        ]
      }
    ]
  }
  return new View(parse(spec), { renderer: 'none' }).toSVG()
}
