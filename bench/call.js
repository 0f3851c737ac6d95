// A process of its own in which a function is called: ours of a file of in-process/, or of one that a URL names. How many
// times in, how often a second out.
const [file] = process.argv.slice(2)
const { prepare } = await import(new URL(`${file}.js`, new URL('in-process/', import.meta.url)))
const { ours } = await prepare()

process.once('disconnect', () => process.exit())
process.on('message', async (times) => {
  const start = performance.now()
  await ours(times)
  process.send(times / (performance.now() - start) * 1_000)
})
process.send('ready')
