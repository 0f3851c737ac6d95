import { sizes } from '../sizes.js'
import { busy } from './figures.js'

// On Node 26 the structured clone is some 2.5 times as fast, so that the rival's share of the loop is another one.
const clones = { boundUntil: 24 }

// Asked some hundred times a second, which is too seldom to be compiled within the warm-up.
const answers = { ours: 'ours', rival: 'piscina', connections: 2, rounds: 9, figure: busy, warmUp: { path: '/noop', connections: 16 } }
const json = { ours: 'json/ours', rival: 'json/piscina', connections: 2, rounds: 9, figure: busy }

const upload = { path: '/upload', upload: 'json', connections: 1, rounds: 5, figure: busy }
const body = { path: '/json', ours: 'json/ours', rival: 'json/piscina', warmUp: { path: '/json', upload: '1 kB', connections: 16 } }

/** What large answers and bodies of JSON cost the loop, and so every other client. */
export const loopTime = [
  {
    name: 'some-rows',
    title: 'an answer of 100 kB of JSON, against the same objects from piscina.run',
    path: '/some-rows',
    ...answers,
    ...clones,
    atMost: 0.07
  },
  {
    name: 'rows',
    title: 'an answer of 1 MB of JSON, against the same objects from piscina.run',
    path: '/rows',
    ...answers,
    ...clones,
    atMost: 0.03
  },
  {
    name: 'many-rows',
    title: 'an answer of 10 MB of JSON, against the same objects from piscina.run',
    path: `/json/${sizes['10 MB'].count}`,
    ...json,
    ...clones,
    warmUp: { path: `/json/${sizes['1 kB'].count}`, connections: 16 },
    atMost: 0.03
  },
  {
    name: 'rows-memory',
    title: 'an answer of 1 MB of JSON, against the same bytes from memory, by a route on the loop: the least that is possible',
    path: '/rows',
    ...answers,
    rival: 'bytes',
    comparesBuilds: false,
    atMost: 2
  },
  {
    name: 'some-rows-memory',
    title: 'the same with 100 kB',
    path: '/some-rows',
    ...answers,
    rival: 'bytes',
    comparesBuilds: false
  },
  {
    name: 'body',
    title: 'a body of 1 MB of JSON, against the same objects to piscina.run',
    ...answers,
    ...body,
    ...clones,
    upload: '1 MB',
    atMost: 0.1
  },
  {
    name: 'upload',
    title: 'a body of 20 MB of JSON, against the same objects to piscina.run',
    ...upload,
    ...body,
    ...clones,
    atMost: 0.1
  },
  {
    name: 'upload-loop',
    title: 'a body of 20 MB of JSON for a blocking route with parse: true, against a route on the loop',
    ...upload,
    ours: 'ours',
    rival: 'plain',
    comparesBuilds: false
  },
  {
    name: 'upload-control',
    title: 'the same body read by node:http and dropped, against a route on the loop: the least that is possible',
    ...upload,
    ours: 'dropped',
    rival: 'plain',
    comparesBuilds: false
  }
]
