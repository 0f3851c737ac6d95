import { app } from './ours.js'

app.addHook('preHandler', async () => {})

export { app }
