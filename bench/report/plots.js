import { sizes } from '../sizes.js'

/** The pictures of a full run: which table of which case, and what its columns are on the x axis. */
export const plots = [
  {
    file: 'ping-latency.svg',
    title: 'A route on the loop while 16 clients ask for 10 ms of work each',
    of: ({ pings }) => pings.tables[0],
    x: { type: 'point', title: 'Percentile of its answers' },
    y: { title: 'Latency (ms)' }
  },
  {
    file: 'loop-time.svg',
    title: 'What an answer of JSON costs the event loop',
    of: ({ 'json-out': out }) => out.tables[1],
    x: { type: 'log', title: 'Size of the answer (bytes)', place: (size) => sizes[size].bytes },
    y: { title: 'Loop busy per request (ms)' }
  }
]
