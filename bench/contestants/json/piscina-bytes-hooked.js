import { app } from './piscina-bytes.js'

app.addHook('preHandler', async () => {})

export { app }
