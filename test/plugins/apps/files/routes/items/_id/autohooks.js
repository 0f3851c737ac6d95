export default async function (app) {
  app.addHook('preHandler', async (request) => { request.hooked = true })
}
