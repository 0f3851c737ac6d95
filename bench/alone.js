// A process of its own in which both sides run: { file, times, pairs } in, how often a second each did it, by pairs, out.
process.once('disconnect', () => process.exit())
process.on('message', async ({ file, times, pairs }) => {
  const { prepare } = await import(`./in-process/${file}.js`)
  const sides = await prepare()
  const all = []
  for (let pair = 0; pair < pairs; pair++) {
    const rates = []
    for (const side of pair % 2 === 0 ? ['ours', 'rival'] : ['rival', 'ours']) {
      const start = performance.now()
      await sides[side](times)
      rates[side === 'ours' ? 0 : 1] = times / (performance.now() - start) * 1_000
    }
    all.push(rates)
  }
  process.send(all)
})
