import { sizes } from '../sizes.js'
import { takeSlices } from '../slices.js'
import { rate, warmUpRequests } from './figures.js'

// So many requests that a turn takes some tenths of a second, and no fewer than clients.
const requestsOut = { '1 kB': 3_200, '100 kB': 480, '1 MB': 64, '10 MB': 16 }
const requestsIn = { '1 kB': 3_200, '100 kB': 320, '1 MB': 64, '10 MB': 16 }

// Each of the three sides is first as often as the others.
const rates = { take: takeSlices, ours: 'json/ours', rival: ['json/piscina', 'json/piscina-bytes'], connections: 16, pairs: 6, warmUpPairs: 1, rounds: 6, figure: { ...rate, digits: 1 }, atLeast: 1 }

const warmUp = { connections: 16, requests: warmUpRequests }

/** Requests per second with JSON of each size in answers and bodies, against the better of piscina and bytes by hand. */
export const jsonRates = [
  ...Object.entries(sizes).map(([size, { count }]) => ({
    name: `json-out-${hyphenate(size)}`,
    title: `answers of ${size} of JSON, against the better of piscina.run with objects and with bytes by hand`,
    ...rates,
    path: `/json/${count}`,
    requests: requestsOut[size],
    warmUp: { ...warmUp, path: `/json/${sizes['1 kB'].count}` }
  })),
  ...Object.keys(sizes).map((size) => ({
    name: `json-in-${hyphenate(size)}`,
    title: `bodies of ${size} of JSON, against the better of piscina.run with objects and with bytes by hand`,
    ...rates,
    path: '/json',
    upload: size,
    requests: requestsIn[size],
    warmUp: { ...warmUp, path: '/json', upload: '1 kB' }
  }))
]

/** '1 kB' as a part of a name: '1-kb'. */
function hyphenate (size) {
  return size.toLowerCase().replace(' ', '-')
}
