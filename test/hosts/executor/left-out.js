const copied = 'bytes are copied'

/** Tests that cannot pass with a worker host, by their names. */
export const leftOut = {
  'what transfer() lists is moved, and gone where it was': 'memory is not detached, and a port does not cross',
  'an offloaded function runs in a worker, with copies of its arguments, and gives a copy of its result': 'structured clone alone keeps a Blob',
  'what reads a body that was moved is warned, once a route': copied
}
