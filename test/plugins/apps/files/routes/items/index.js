export default async function (app) {
  app.get('/', (request) => ({ greeting: app.greet('items'), greeted: request.greeted, prefix: app.prefix }))
}
