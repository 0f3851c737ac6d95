// A process of its own that reads the events of a dashboard, as the pages of ten browsers do.
import { get } from 'node:http'

const [origin] = process.argv.slice(2)

for (let viewer = 0; viewer < 10; viewer++) {
  get(`${origin}/blocking/events`, { agent: false }, (response) => {
    if (response.statusCode !== 200) throw new Error(`the dashboard answered ${response.statusCode}`)
    response.resume()
  }).on('error', () => {}) // The server has closed.
}

process.once('disconnect', () => process.exit())
