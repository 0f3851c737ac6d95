const sync = 'sync() blocks the thread until the loop responds'
const aborted = 'a synchronous loop reads signal.aborted'
const between = 'between two synchronous dependencies no message is received'

/** Tests that the executor of bytes cannot pass, by their names: each needs shared memory, a port or a transfer. */
export const leftOut = {
  'a function of the loop for which a thread waits may not call back': sync,
  'synchronously, a function of the loop runs on the loop, and gives a copy of its result': sync,
  'synchronously, its errors are thrown in the worker as what they were, with both stacks': sync,
  'from a blocking handler too': sync,
  'a function of the loop moves too': sync,
  'a thread that waits for the loop is told of its time limit, and goes on': sync,
  'so it is where the limit runs out before the loop has received its first call': sync,
  'its call has a limit and a signal too': sync,
  'an abort ends the wait': sync,
  'close() ends the wait': sync,
  'one that does not end its request when the wait has ended is terminated': sync,
  'what reads a body that was moved is warned, once a route': 'bytes are copied',
  'what transfer() lists is moved, and gone where it was': 'memory is detached, and a port crosses',
  'a call that runs rejects at once when its signal aborts, and its function sees it: heed': aborted,
  'what runs for longer than the grace period gets the signal, then its thread is terminated': aborted,
  'one that minds its signal keeps its thread': aborted,
  'a time limit is over while the loop is waited for, or what minds the signal: of the route': aborted,
  'a time limit is over while the loop is waited for, or what minds the signal: of the registration': aborted,
  'a time limit is over while the loop is waited for, or what minds the signal: handlerTimeout of the route': aborted,
  'a time limit is over while the loop is waited for, or what minds the signal: handlerTimeout of the route, before its own': aborted,
  'a time limit is over while a dependency is made: nothing begins after it: of the registration': between,
  'a time limit is over while a dependency is made: nothing begins after it: handlerTimeout': between,
  'a time limit is over while a dependency is made: nothing begins after it: handlerTimeout, which is that of the route': between,
  'a time limit is over when the teardown has begun: that decides, and its answer is sent: of the registration': aborted,
  'a time limit is over when the teardown has begun: that decides, and its answer is sent: handlerTimeout': aborted,
  'a time limit is over when the teardown has begun: that decides, and its answer is sent: handlerTimeout, which is that of the route': aborted,
  'the app closes, and what has been told so ends without an error: 503, and nothing is committed': aborted,
  'a Blob, which Node clones with its class, crosses to an offloaded function and back': 'structured clone alone keeps a Blob',
  'a long stream does not pile up on the loop: of 200 MB it never holds more than a few': 'each chunk is copied twice',
  'of 200 MB hardly anything is left to the collector': 'buffers go back to the worker by transfer'
}
