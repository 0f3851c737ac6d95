const late = 'the signal takes its way to the host'
const copied = 'bytes are copied'
const stays = 'it stays in its process: FST_BLOCKING_NOT_CLONEABLE'

/** Tests that cannot pass with a worker host, by their names. */
export const leftOut = {
  'what transfer() lists is moved, and gone where it was': 'memory is not detached, and a port does not cross',
  'a Blob, which Node clones with its class, crosses to an offloaded function and back': 'structured clone alone keeps a Blob',
  'what runs for longer than the grace period gets the signal, then its thread is terminated': 'the host closes after its server, with grace periods of its own',
  'fakes of lifetime "app" end with the app: on the worker': 'the host closes after its server, and has nobody to tell',
  'a time limit is over while a dependency is made: nothing begins after it: of the registration': late,
  'a time limit is over while a dependency is made: nothing begins after it: handlerTimeout': late,
  'a time limit is over while a dependency is made: nothing begins after it: handlerTimeout, which is that of the route': late,
  'of 200 MB hardly anything is left to the collector': 'buffers do not go back to who has filled them',
  'what the app\'s own logger has is read from that of the main thread': 'it is that of no server: FST_BLOCKING_NO_SERVER',
  'what reads a body that was moved is warned, once a route': copied,
  'a thread that stands still while it starts has the same clock as the others': 'a host knows the clock of its server but for the time of a message',
  'without a tracer provider a worker does not load @opentelemetry/api': 'a host serves any server, and one of them may have a provider',
  'a SharedArrayBuffer, by itself': stays,
  'a SharedArrayBuffer, inside another one': stays,
  'a view of a SharedArrayBuffer, by itself': stays,
  'a view of a SharedArrayBuffer, inside another one': stays,
  'a Blob, by itself': stays,
  'a Blob, inside another one': stays,
  'a KeyObject, by itself': stays,
  'a KeyObject, inside another one': stays,
  'a typed array, part of a larger buffer, by itself': 'it is a view of the message that has brought it'
}
