// A process of its own that has an app on the loop, where what a handler does may be the end of it.
import { Listening } from './connection.js'

const { build } = await import(process.argv[2])
const listening = new Listening(await build({ blocking: false }))
await listening.open()
process.on('message', async (bytes) => { process.send(await listening.talk(Buffer.from(bytes, 'base64'))) })
process.send('ready')
