// A process of its own that asks two apps by turns, by inject(), in slices of some milliseconds: whatever slows the
// machine down for longer than that falls on both. Sends the requests per second of each pair of slices.
const [ours, rival, path, count] = process.argv.slice(2)
const apps = []
for (const name of [ours, rival]) apps.push((await import(`./contestants/${name}.js`)).app)
await Promise.all(apps.map((app) => app.ready()))

const requests = 100
const pairs = []
for (let index = 0; index < Number(count); index++) {
  const order = index % 2 === 0 ? [0, 1] : [1, 0]
  const rates = []
  for (const side of order) rates[side] = await slice(apps[side])
  pairs.push(rates)
}
process.send(pairs)
await Promise.all(apps.map((app) => app.close()))

async function slice (app) {
  const start = performance.now()
  for (let asked = 0; asked < requests; asked++) await app.inject(path)
  return requests / (performance.now() - start) * 1_000
}
