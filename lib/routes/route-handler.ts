import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** The handler of a route, for code that replaces it and that does not know its types. */
export type RouteHandler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown
