import { sampleField, turns } from './field.js'
import { answer, ask, withProcesses } from './processes.js'
import { tabulate } from './tables.js'

const contestants = [
  { label: 'fastify-blocking', serves: 'json/ours' },
  { label: 'node:http with constant bytes', serves: 'constant-bytes' }
]

const quantities = [
  { title: 'µs that a request takes', ofServer: ({ rate }) => 1e6 / rate, ofPiece: ({ elapsed }) => elapsed },
  { title: 'µs of a processor, of all threads of the server', ofServer: ({ all }) => all * 1_000, ofPiece: ({ processor }) => processor }
]

const columns = [
  { label: 'HTTP', of: ({ http }) => http },
  { label: 'the body in the socket', of: ({ body }) => body },
  { label: 'a wake-up each way', of: ({ port }) => port },
  { label: 'JSON', of: ({ json }) => json },
  { label: 'sum', of: sumOf },
  { label: 'ours', of: ({ ours }) => ours },
  { label: 'ours / sum', of: (sample) => sample.ours / sumOf(sample) }
]

/**
 * What a visit cannot avoid, each measured by the smallest program that does only that, and ours beside their sum. HTTP is
 * an answer of a few constant bytes by node:http; the body in the socket is how much longer that takes with the row's bytes.
 */
export async function takeLowerBounds ({ rows, ...defaults }, { rounds = defaults.rounds }) {
  const [ours, constant] = await sampleField({ contestants, columns: rows }, rounds)
  const pieces = await samplePieces(rows, rounds * turns)
  const tables = quantities.map(({ title, ofServer, ofPiece }) => {
    const samples = rows.map((_, row) => pieces.map(({ port, json }, index) => {
      const http = ofServer(constant[0][index])
      return { http, body: ofServer(constant[row][index]) - http, port: ofPiece(port), json: ofPiece(json[row]), ours: ofServer(ours[row][index]) }
    }))
    return tabulate(title, columns, rows, (row, column) => samples[row].map(columns[column].of))
  })
  return { means: `raw sockets, one client, ${rounds} rounds of ${turns} turns each after one of warm-up, and as many turns of the other programs; medians, and the range of all turns`, tables }
}

/** { port, json: [of each row] } of so many turns. */
function samplePieces (rows, times) {
  return withProcesses(async (start) => {
    const process = start('time-pieces.js')
    await answer(process)
    const samples = []
    for (let time = 0; time < times; time++) {
      const port = await ask(process, { piece: 'port', times: 10_000 })
      const json = []
      for (const row of rows) json.push(await ask(process, row.json))
      samples.push({ port, json })
    }
    return samples
  })
}

function sumOf ({ http, body, port, json }) {
  return http + body + port + json
}
