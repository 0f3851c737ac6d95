import { takeSlices } from '../slices.js'
import { rate } from './figures.js'

const alone = { take: takeSlices, pairs: 10, rounds: 6, figure: { ...rate, unit: 'calls/s' } }

export const offload = [
  {
    name: 'round-trip',
    title: 'an offloaded function that does nothing, against its message to and fro on a bare MessagePort',
    ...alone,
    inProcess: 'round-trip',
    requests: 2_000,
    atLeast: 1 / 1.3 // at most 1.3 times the time
  },
  {
    name: 'admission',
    title: 'a call while 10,000 wait, against one while 10 do',
    ...alone,
    inProcess: 'admission',
    requests: 20_000,
    atLeast: 1 / 1.1 // at most 1.1 times the time
  }
]
