const late = 'the signal takes its way to the host'
const copied = 'bytes are copied'

/** Tests that cannot pass with a worker host, by their names. */
export const leftOut = {
  'what transfer() lists is moved, and gone where it was': 'memory is not detached, and a port does not cross',
  'a Blob, which Node clones with its class, crosses to an offloaded function and back': 'structured clone alone keeps a Blob',
  'what runs for longer than the grace period gets the signal, then its thread is terminated': 'the host closes after its server, with grace periods of its own',
  'a time limit is over while a dependency is made: nothing begins after it: of the registration': late,
  'a time limit is over while a dependency is made: nothing begins after it: handlerTimeout': late,
  'a time limit is over while a dependency is made: nothing begins after it: handlerTimeout, which is that of the route': late,
  'of 200 MB hardly anything is left to the collector': 'buffers do not go back to who has filled them',
  'what reads a body that was moved is warned, once a route': copied
}
