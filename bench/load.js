// A process of its own that asks: { url, connections, seconds, upload } in, { requests, seconds } out.
import autocannon from 'autocannon'
import { uploads } from './uploads.js'

process.on('message', async ({ url, connections, seconds, upload }) => {
  const post = upload && { method: 'POST', ...uploads[upload]() }
  const result = await autocannon({ url, connections, duration: seconds, ...post })
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(`${url}: ${result.errors} errors, ${result.non2xx} answers that are not 2xx`)
  }
  process.send({ requests: result.requests.total, seconds: result.duration })
})
