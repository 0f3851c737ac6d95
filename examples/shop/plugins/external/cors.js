import cors from '@fastify/cors'

export const autoConfig = { origin: /\.example\.com$/, credentials: true, methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }

export default cors
