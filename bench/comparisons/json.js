import { busy } from './figures.js'

// Asked some hundred times a second, which is too seldom to be compiled within the warm-up.
const answers = { ours: 'ours', rival: 'piscina', connections: 2, rounds: 9, figure: busy, warmUp: { path: '/noop', connections: 16 } }
const upload = { path: '/upload', upload: 'json', connections: 1, rounds: 5, figure: busy }

const body = { path: '/json', ours: 'json/ours', rival: 'json/piscina', warmUp: { path: '/json', upload: '1 kB', connections: 16 } }

/** JSON in answers and bodies. */
export const json = [
  {
    name: 'rows',
    title: 'an answer of 1 MB of JSON, against the same objects from piscina.run',
    path: '/rows',
    ...answers,
    atMost: 0.03
  },
  {
    name: 'rows-control',
    title: 'the same bytes from memory, by a route on the loop: the least that is possible',
    path: '/rows',
    ...answers,
    ours: 'bytes',
    comparesBuilds: false
  },
  {
    name: 'body',
    title: 'a body of 1 MB of JSON, against the same objects to piscina.run',
    ...answers,
    ...body,
    upload: '1 MB',
    atMost: 0.1
  },
  {
    name: 'upload',
    title: 'a body of 20 MB of JSON, against the same objects to piscina.run',
    ...upload,
    ...body,
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
  },
  {
    name: 'some-rows',
    title: 'an answer of 100 kB of JSON, against the same objects from piscina.run',
    path: '/some-rows',
    ...answers,
    atMost: 0.1
  },
  {
    name: 'some-rows-control',
    title: 'the same bytes from memory, by a route on the loop: the least that is possible',
    path: '/some-rows',
    ...answers,
    ours: 'bytes',
    comparesBuilds: false
  }
]
