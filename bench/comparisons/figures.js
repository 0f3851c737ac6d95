import { takeSlices } from '../slices.js'

export const rate = { of: ({ rate }) => rate, best: Math.max, unit: 'requests/s', digits: 0 }

// Of which it has a processor for less, where there are more threads and processes than processors: that is told beside it.
export const busy = { of: ({ busy }) => busy, ran: ({ ran }) => ran, best: Math.min, unit: 'ms of the loop per request', digits: 3 }

// Time on a processor: with broker, hosts and clients on the same machine the loop waits for one more often than for work.
export const ran = { of: ({ ran }) => ran, best: Math.min, unit: 'ms of a processor for the loop, per request', digits: 3 }

/** Until V8 has compiled what a request goes through. On Node 24 that takes more requests than on Node 20. */
export const warmUpRequests = 60_000

// A few hundredths are to be told apart, which turns of some seconds cannot: by slices, see slices.js. Two processes of
// one contestant differ by up to 0.03 for as long as they live: many rounds tell more than long ones, and an even number
// has each side start first as often as the other.
export const slices = { take: takeSlices, path: '/loop', connections: 16, requests: 6_000, pairs: 10, rounds: 32, figure: rate }
