import { rate } from './figures.js'

const bandwidth = { ...rate, of: ({ rate }) => rate * 50, unit: 'MB/s' }
const shared = { ours: 'ours', rival: 'plain', connections: 1, rounds: 5, figure: bandwidth, atLeast: 0.95 }

export const streams = [
  {
    name: 'stream',
    title: 'a blocking handler that streams 50 MB in chunks of 64 kB, against a route on the loop that pipes them',
    path: '/stream',
    ...shared
  },
  {
    name: 'stream-up',
    title: 'a blocking handler that reads a body of 50 MB as it comes, against a route on the loop that does',
    path: '/stream-up',
    upload: 'bytes',
    ...shared
  }
]
