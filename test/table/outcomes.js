/*
 * What may become of a request. `at` is where that is decided:
 *   hook      before all dependencies
 *   queue     what comes before the visit has begun, and nothing else
 *   it        while the dependency that the cell is about is made
 *   last      while a later one is
 *   handler
 *   stream    when the client has the first piece
 *   teardown  of `it`
 *   onSend    a hook on the loop
 * `how`: it throws, answers, exits (its thread ends), or waits until the client, a limit or the server has ended the request, or the server closes.
 * `error` is the one that generators are told from then on; `status` and `says` are the answer, which says the error if there is one.
 */
const gone = 'FST_BLOCKING_CLIENT_GONE'
const closing = 'FST_BLOCKING_CLOSING'
const routeLimit = { how: 'waits', error: 'FST_BLOCKING_TIMEOUT', status: 503, isLimit: true }
const handlerLimit = { how: 'waits', error: 'FST_ERR_HANDLER_TIMEOUT', status: 503, isLimit: true }
const retired = { isRetired: true, isForced: true, needs: 'an event loop that turns' }

export const outcomes = {
  'all is well': {},
  'all is well with a stream': { isStream: true },
  'the handler throws': { at: 'handler', how: 'throws', error: 'handler threw', status: 409 },
  'the handler throws, and the dependency another error': { at: 'handler', how: 'throws', error: 'handler threw', replaces: 'it threw another', status: 409 },
  'the handler throws, and the dependency swallows it': { at: 'handler', how: 'throws', error: 'handler threw', isSwallowed: true, status: 409 },
  'the dependency throws': { at: 'it', how: 'throws', error: 'it threw', status: 409 },
  'a later dependency throws': { at: 'last', how: 'throws', error: 'last threw', status: 409 },
  'the teardown throws': { at: 'teardown', how: 'throws', error: 'it threw', status: 409 },
  'onRequest answers': { at: 'hook', how: 'answers', says: 'onRequest', status: 403 },
  'preHandler answers': { at: 'hook', how: 'answers', says: 'preHandler', status: 403 },
  'the dependency answers': { at: 'it', how: 'answers', says: 'it', status: 403 },
  'a later dependency answers': { at: 'last', how: 'answers', says: 'last', status: 403 },
  'onSend replaces the answer': { says: 'onSend' },
  'onSend throws': { at: 'onSend', how: 'throws', error: 'onSend threw', status: 409 },
  'the stream breaks early': { at: 'handler', how: 'throws', error: 'stream broke', status: 409 },
  'the stream breaks late': { at: 'stream', how: 'throws', error: 'stream broke', isStream: true },
  'the client goes while it streams': { at: 'stream', error: gone, isStream: true },
  'the queue is full': { at: 'queue', error: 'FST_BLOCKING_QUEUE_FULL', status: 503 },
  'the queue is too slow': { at: 'queue', error: 'FST_BLOCKING_QUEUE_TIMEOUT', status: 503 },
  'the client goes in the queue': { at: 'queue', error: gone, isGone: true },
  'the server closes, in the queue': { at: 'queue', error: closing, status: 503 },
  ...inEach('the client goes', { how: 'waits', error: gone, isGone: true }),
  ...inEach('the route\'s limit is over', { ...routeLimit, needs: 'an open visit' }),
  ...inEach('the route\'s limit and the grace period are over', { ...routeLimit, isLost: true, isForced: true, needs: 'a worker' }),
  ...inEach('handlerTimeout is over', handlerLimit),
  // Of a thread that has loaded an addon, and has work of it pending.
  ...inEach('the thread retires', { ...routeLimit, ...retired }),
  ...inEach('the thread retires at handlerTimeout', { ...handlerLimit, ...retired }),
  ...inEach('the server closes in time', { how: 'waits', isClosing: true }),
  ...inEach('the server closes too early', { how: 'waits', error: closing, status: 503, isLost: true, isForced: true, needs: 'an open visit' }),
  ...inEach('the thread ends', { how: 'exits', error: 'FST_BLOCKING_THREAD_LOST', status: 500, isLost: true, isForced: true, needs: 'a worker' })
}

function inEach (event, outcome) {
  const wheres = { it: 'in the dependency', handler: 'in the handler', teardown: 'in the teardown' }
  return Object.fromEntries(Object.entries(wheres).map(([at, where]) => [`${event}, ${where}`, { ...outcome, at }]))
}
