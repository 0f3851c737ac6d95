import { app } from './piscina.js'

app.addHook('preHandler', async () => {})

export { app }
