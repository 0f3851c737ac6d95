import { fastifySchedule } from '@fastify/schedule'
import { SimpleIntervalJob, Task } from 'toad-scheduler'

export const plugin = '@fastify/schedule'
export const uses = '`fastify.scheduler`'

export default async function (app) {
  await app.register(fastifySchedule)
  app.scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ hours: 1 }, new Task('hourly', () => {}), { id: 'hourly' }))
  app.get('/', () => ({ exists: app.scheduler.existsById('hourly'), status: app.scheduler.getById('hourly').getStatus() }))
  app.get('/add', (request) => {
    const id = request.headers['x-by']
    app.scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ hours: 1 }, new Task(id, () => {}), { id }))
    return { stopped: app.scheduler.stopById(id), removed: app.scheduler.removeById(id)?.id }
  })
}

export const requests = [{ path: '/', status: 200 }, { path: '/add', status: 200 }]
