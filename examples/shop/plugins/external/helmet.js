import helmet from '@fastify/helmet'

export default helmet
