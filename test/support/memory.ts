import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Looks every now and then at what is held of heap and external memory. Ended, it gives by how many bytes that rose at the most. */
export function watchMemory (): () => number {
  const before = readHeld()
  let most = before
  const look = (): void => {
    most = Math.max(most, readHeld())
    timer = setTimeout(look, pause)
  }
  let timer = setTimeout(look, pause)
  return () => {
    clearTimeout(timer)
    return Math.max(most, readHeld()) - before
  }
}

/** ms; after a look, which on a busy machine takes long, comes as long a time without. */
const pause = 100

function readHeld (): number {
  // The second time ends what the first has left to be done beside it.
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
