// The layers of lib, from the bottom up: a file may import from its own layer's folder and from those below. Imports of types count.
const layers = [
  ['errors', 'request-errors', 'promises', 'package-file', 'function-kind', 'v8-next-tick', 'stats-types', 'start-guard', 'event-log', 'typescript-loader', 'bare-instance', 'node-http'],
  ['wire/'],
  ['request/', 'streams/', 'executor', 'remote', 'joined-executor'],
  ['context/', 'queue/', 'observed-side'],
  ['options/'],
  ['dependencies/', 'functions/', 'threads/', 'nats/', 'registration'],
  ['host/', 'security/'],
  ['insight/'],
  ['dashboard/'],
  ['routes/'],
  ['fastify-types', 'side'],
  ['loop/', 'worker/'],
  ['plugin'],
  ['index']
]

const matching = (names) => `^lib/(${names.map((name) => name.endsWith('/') ? name : `${name}\\.c?ts$`).join('|')})`

/** A layer imports nothing from those above, nor one of its members another. */
const ofLayers = layers.flatMap((members, index) => {
  const above = layers.slice(index + 1).flat()
  const upwards = above.length === 0 ? [] : [{ name: `below-${above[0]}`, from: { path: matching(members) }, to: { path: matching(above) } }]
  const sideways = members.filter((name) => name.endsWith('/')).map((name) => ({
    name: `beside-${name}`, from: { path: matching([name]) }, to: { path: matching(members), pathNot: matching([name]) }
  }))
  return [...upwards, ...sideways]
})

module.exports = {
  forbidden: [
    { name: 'no-circle', from: {}, to: { circular: true } },
    { name: 'no-circle-of-folders', scope: 'folder', from: {}, to: { circular: true } },
    { name: 'in-a-layer', from: { pathNot: matching(layers.flat()) }, to: {} },
    {
      name: 'threads-only',
      comment: 'Ports, threads and shared memory are known to few: elsewhere work is spoken of by executor.ts.',
      from: { path: '^lib/', pathNot: '^lib/(threads|worker|wire|insight)/' },
      to: { path: '^(node:)?worker_threads$' }
    },
    {
      name: 'insight-from-above',
      comment: 'Parts that are looked at do not know of insight; the public types name its results.',
      from: { path: '^lib/', pathNot: '^lib/(insight/|dashboard/|fastify-types\\.ts$|plugin\\.ts$|index\\.c?ts$)' },
      to: { path: '^lib/(insight|dashboard)/' }
    },
    {
      name: 'page-on-its-own',
      comment: 'The page runs in the browser, where nothing else of this package is: it shares the types of its events.',
      from: { path: '^lib/dashboard/page/' },
      to: { pathNot: '^lib/dashboard/page/', dependencyTypesNot: ['type-only'] }
    },
    {
      name: 'page-knows-events',
      from: { path: '^lib/dashboard/page/' },
      to: { pathNot: '^(lib/dashboard/(page/|protocol\\.ts$)|node_modules/uplot/)' }
    },
    {
      name: 'page-from-nowhere',
      comment: 'The server sends the files of the page, and imports none.',
      from: { path: '^lib/', pathNot: '^lib/dashboard/page/' },
      to: { path: '^lib/dashboard/page/' }
    },
    ...ofLayers
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' } }
}
