import { Type } from '@fastify/type-provider-typebox'
import model from 'wink-eng-lite-web-model'
import winkNLP from 'wink-nlp'

const body = Type.Object({ text: Type.String({ minLength: 1, maxLength: 20_000 }) })

const response = {
  200: Type.Object({
    sentiment: Type.Number({ minimum: -1, maximum: 1 }),
    entities: Type.Array(Type.Object({ value: Type.String(), type: Type.String() }))
  })
}

const nlp = winkNLP(model)

/**
 * What a text says, and how it feels: computed, a few milliseconds a page.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function text (app) {
  // Some texts would take minutes, such as `http://` over and over: their thread is terminated.
  app.post('/text', { blocking: { timeout: 20_000 }, schema: { body, response } }, (request) => {
    const document = nlp.readDoc(request.body.text)
    const entities = /** @type {import('wink-nlp').Detail[]} */ (document.entities().out(nlp.its.detail))
    return { sentiment: Number(document.out(nlp.its.sentiment)), entities }
  })
}
