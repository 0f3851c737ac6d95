import { existsSync, readFileSync } from 'node:fs'

/**
 * Compares what handlers have noted with what clients have got: nothing is begun twice, or after its answer, or by the host of
 * another version. A handler whose body was still on its way to the host belongs to a visit that was begun before, and may come
 * after the answer that the host is lost.
 * @param {string} file
 * @param {Map<string, { path: string, status: number, code?: string, at: bigint, hasLongBody: boolean }>} answers by id of the request
 * @param {{ stranger: string, unbegun: string[], assert: (holds: boolean, what: string) => void }} how `stranger`: name of the
 *   host of another version; `unbegun`: codes of errors which say that nobody has begun the request
 */
export function checkJournal (file, answers, { stranger, unbegun, assert }) {
  const begins = new Map()
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
  for (const line of lines) {
    const [id, time, host] = line.split('\t')
    const others = begins.get(id)
    if (others === undefined) begins.set(id, [{ time: BigInt(time), host }])
    else others.push({ time: BigInt(time), host })
    assert(host !== stranger, `${id} was begun by the host of another version`)
  }
  for (const [id, of] of begins) {
    const tell = () => of.map(({ time, host }) => `${host} at ${time}`).join(', ')
    assert(of.length === 1, `${id} was begun ${of.length} times: ${tell()}`)
    const answer = answers.get(id)
    if (answer === undefined) continue
    const { path, status, code, at, hasLongBody } = answer
    if (hasLongBody && code === 'FST_BLOCKING_HOST_LOST') continue
    for (const { time, host } of of) {
      assert(time <= at, `${id} ${path} was begun by ${host} ${(time - at) / 1_000_000n} ms after its answer, ${code ?? status}`)
    }
    assert(!unbegun.includes(code), `${id} ${path} was begun by ${tell()}, and answered ${code}`)
  }
  for (const [id, { path, status }] of answers) {
    assert(status !== 200 || begins.has(id), `${id} ${path} was answered, and begun by nobody`)
  }
  return begins.size
}
