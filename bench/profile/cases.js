import { sizes } from '../sizes.js'

const json = (size) => ({ contestant: 'json/ours', path: `/json/${sizes[size].count}` })
const body = (size) => ({ contestant: 'json/ours', path: '/json', upload: size })

/** What is profiled, by name: who is asked for what, and by how many connections. */
export const cases = {
  noop: { title: 'a handler that does nothing', contestant: 'ours', path: '/noop' },
  'one-client': { title: 'the same, one client', contestant: 'ours', path: '/noop', connections: 1 },
  'json-out-1-kb': { title: 'an answer of 1 kB of JSON', ...json('1 kB') },
  'json-out-100-kb': { title: 'an answer of 100 kB', ...json('100 kB') },
  'json-out-1-mb': { title: 'an answer of 1 MB', ...json('1 MB') },
  'json-in-1-kb': { title: 'a body of 1 kB of JSON', ...body('1 kB') },
  'json-in-100-kb': { title: 'a body of 100 kB', ...body('100 kB') },
  'json-in-1-mb': { title: 'a body of 1 MB', ...body('1 MB') },
  dependencies: { title: 'six dependencies, three on each side', contestant: 'six/ours', path: '/mixed' }
}
