/** Has bodies of bytes handed on as they come. */
export function handOnBytes (app) {
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
}

/** A handler that reads one to its end. */
export async function consume (request) {
  let length = 0
  for await (const chunk of request.body) length += chunk.length
  return { length }
}
