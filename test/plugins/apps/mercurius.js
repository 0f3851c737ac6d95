import mercurius from 'mercurius'

export const plugin = 'mercurius'
export const uses = '`reply.graphql`, `fastify.graphql`, its own route with a context, loaders and errors'

const schema = `
  type Query { add(x: Int, y: Int): Int, who: String, fails: String, dogs: [Dog] }
  type Dog { name: String, owner: String }
  type Mutation { echo(text: String!): String }
`
const resolvers = {
  Query: {
    add: async (_root, { x, y }) => x + y,
    who: (_root, _parameters, { user, reply }) => `${user} at ${reply.request.url}`,
    fails: () => { throw new mercurius.ErrorWithProps('failed', { code: 'OWN' }, 200) },
    dogs: () => [{ name: 'Max' }, { name: 'Bella' }]
  },
  Mutation: { echo: (_root, { text }) => text }
}
const loaders = { Dog: { owner: async (queries) => queries.map(({ obj }) => `owner of ${obj.name}, one of ${queries.length}`) } }

export default async function (app) {
  await app.register(mercurius, { schema, resolvers, loaders, graphiql: true, context: (request) => ({ user: request.headers['x-user'] ?? 'nobody' }) })
  app.get('/reply', (_request, reply) => reply.graphql('{ add(x: 2, y: 3) who }'))
  app.get('/app', async () => app.graphql('{ add(x: 1, y: 1) }'))
}

const headers = { 'content-type': 'application/json', 'x-user': 'ann' }
const post = (body, status = 200) => ({ path: '/graphql', method: 'POST', headers, body: JSON.stringify(body), status })

export const requests = [
  { path: '/reply', status: 200 },
  { path: '/app', status: 200 },
  post({ query: '{ add(x: 1, y: 2) who dogs { name owner } }' }),
  post({ query: 'mutation ($text: String!) { echo(text: $text) }', variables: { text: 'said' } }),
  post({ query: '{ fails }' }),
  post({ query: '{ nothing }' }, 400),
  post({}, 400),
  { path: '/graphql?query=%7Badd(x:1,y:1)%7D', status: 200 },
  { path: '/graphiql', status: 200 }
]
