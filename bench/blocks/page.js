import { answerOf, answers, hasThreads, isCrowded } from './answer.js'

export const begin = '<!-- Made by `npm run docs:blocks`, from bench/blocks/results.json -->'
export const end = '<!-- End of what is made -->'

/** What is said where the load before was 1 or more. */
const busy = ' The machine had other work to do: the share for which the loop was held depends little on that, times are longer than they would be, and ratios are rough.'

/** The page with what the results say between its two marks. */
export function fillPage (page, results, libraries) {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/does-it-block.md has no ${from < 0 ? begin : end}`)
  return `${page.slice(0, from)}${begin}\n${makeTable(results, libraries)}${page.slice(to)}`
}

function makeTable ({ about, rows, leftOut }, libraries) {
  const caseOf = ({ library, name }) => libraries.find((one) => one.name === library).cases[name]
  const titleOf = ({ library }) => libraries.find((one) => one.name === library).title
  const lines = rows
    .map((row) => ({ ...row, ...caseOf(row), title: titleOf(row), answer: answerOf(row) }))
    .toSorted((one, other) => answers.indexOf(one.answer) - answers.indexOf(other.answer) || compare(one.title, other.title) || compare(one.name, other.name))
    .map(({ title, version, call, answer, note, ...figures }) => [
      [`\`${title}\``, version].filter(Boolean).join(' '),
      call,
      answer,
      tellLoop(figures),
      tellWorker(figures),
      [note, ...notesOf(figures)].filter(Boolean).join('; ')
    ])
  const table = [['library', 'call', 'answer', 'held the loop', 'in a worker', 'note'], Array(6).fill('---'), ...lines]
  const made = [
    table.map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    `${about.processor}, ${about.memory}, ${about.system}, Node ${about.node}, load before ${about.load}, ${about.date}.${about.load < 1 ? '' : busy}`
  ]
  if (leftOut.length > 0) made.push('Left out, since there is no figure:', leftOut.map((one) => tellReason(titleOf(one), one)).join('\n'))
  return `${made.join('\n\n')}\n`
}

function tellReason (title, { name, reason }) {
  return `- \`${title}\`${name === undefined ? '' : `, \`${name}\``}: ${reason}`
}

function tellLoop ({ loop: { held, wall, longest } }) {
  return `${percent(held / wall)} of ${milliseconds(wall)}, ${milliseconds(longest)} at once`
}

function tellWorker ({ loop, worker }) {
  return `${times(worker.wall / loop.wall)}, four at once ${times(worker.together / loop.together)}; ping ${milliseconds(worker.ping)}`
}

function notesOf (row) {
  const { loop, kill } = row
  return [
    hasThreads(row) && `threads of its own: ${(loop.beside / loop.wall).toFixed(1)} processors beside the loop's`,
    answerOf(row) !== 'leave it' && isCrowded(row) && 'in several workers its threads get in each other\'s way',
    kill.fault !== undefined && `terminated in its midst: ${kill.fault}`
  ]
}

const compare = (one, other) => one < other ? -1 : one > other ? 1 : 0
const percent = (value) => `${Math.round(100 * value)} %`
const milliseconds = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
const times = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ×`
