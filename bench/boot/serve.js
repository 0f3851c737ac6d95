// A process that builds the app of argv and tells its parent what that took; then what it is asked.
const first = performance.now()
const { build } = await import('./app.js')
const options = JSON.parse(process.argv[2])
const app = await build(options)
await app.ready()
const ready = performance.now() - first
const { user, system } = process.cpuUsage()

const ask = async (index, busy) => {
  const payload = { id: 1_000, customer: { name: 'Ada', email: 'ada@example.com' }, lines: [{ product: 'spoon', amount: 2, price: 1.5 }] }
  const begun = performance.now()
  const { statusCode, body } = await app.inject({ method: 'PUT', url: `/orders-${index}/7?busy=${busy}`, payload })
  if (statusCode !== 200) throw new Error(body)
  return performance.now() - begun
}

const answers = {
  boot: async () => ({ ready, cpu: (user + system) / 1_000, worker: (await app.inject('/boot')).json().ready }),
  // Ten routes, or the only one, by as many requests at once as there are threads; then 10 s without a request.
  async memory () {
    for (let index = 0; index < 10; index++) {
      await Promise.all(Array.from({ length: options.blocking.pool.maxThreads }, () => options.routes === 0 ? app.inject('/boot?busy=50') : ask(index, 50)))
    }
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    return process.memoryUsage.rss()
  },
  // First request of each of 40 routes, when 20 others have been asked, and later ones.
  async first () {
    for (let index = 0; index < 20; index++) for (let count = 0; count < 20; count++) await ask(index, 0)
    const samples = []
    for (let index = 100; index < 140; index++) {
      const first = await ask(index, 0)
      const later = []
      for (let count = 0; count < 5; count++) later.push(await ask(index, 0))
      samples.push([first - later.sort((one, other) => one - other)[2], app.compiled.get(`/orders-${index}/:id`)])
    }
    return samples
  }
}

process.on('message', async (what) => process.send(await answers[what]()))
process.send('ready')
