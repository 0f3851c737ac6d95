// A process of its own that asks: { url, connections, seconds } in, { requests, seconds } out.
import autocannon from 'autocannon'

process.on('message', async ({ url, connections, seconds }) => {
  const result = await autocannon({ url, connections, duration: seconds })
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${url}: ${result.errors} errors, ${result.non2xx} answers that are not 2xx`)
  }
  process.send({ requests: result.requests.total, seconds: result.duration })
})
