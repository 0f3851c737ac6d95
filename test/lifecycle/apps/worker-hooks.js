import { create } from './create.js'

const kept = new WeakMap()

/** State that cannot cross: by the request itself, in a map. */
function keepNotes (request, _reply, done) {
  kept.set(request, [])
  done()
}

function flushNotes (request, reply, payload, done) {
  const notes = kept.get(request)
  if (notes.length > 0) reply.header('x-notes', notes.join(','))
  done(null, payload)
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { workerHooks: ['keepNotes', 'flushNotes'] })
  app.addHook('preHandler', keepNotes)
  app.addHook('onSend', flushNotes)
  app.get('/kept', { blocking }, (request) => ({ notes: kept.get(request) }))
  app.get('/flushed', { blocking }, (request) => {
    kept.get(request).push('one', 'two')
    return 'flushed'
  })
  return app
}
