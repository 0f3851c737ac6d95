export default async function (app) {
  app.get('/', (request) => ({ id: request.params.id, hooked: request.hooked }))
}
