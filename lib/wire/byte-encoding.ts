import { DefaultDeserializer, DefaultSerializer } from 'node:v8'

/*
 * Values as bytes, for what leaves the machine. Structured clone keeps more: shared memory, and objects that
 * stay in their process, such as a port, a Blob or a KeyObject.
 */

/** Node's types lack a method that Node documents. */
const TypedSerializer = DefaultSerializer as unknown as new () => DefaultSerializer & {
  _writeHostObject (view: ArrayBufferView): void
}

class ByteSerializer extends TypedSerializer {
  /** Called with a view. That of shared memory would be copied, and shared no more. */
  override _writeHostObject (view: ArrayBufferView): void {
    if (ArrayBuffer.isView(view) && view.buffer instanceof SharedArrayBuffer) throw new Error('shared memory')
    super._writeHostObject(view)
  }
}

/** Throws for a value that cannot leave the machine. `before`: how many bytes there are before its own. */
export function toBytes (value: unknown, before = 0): Buffer {
  const serializer = new ByteSerializer()
  if (before > 0) serializer.writeRawBytes(Buffer.alloc(before))
  serializer.writeHeader()
  serializer.writeValue(value)
  return serializer.releaseBuffer()
}

/** The value keeps the memory of the bytes. */
export function fromBytes (bytes: Uint8Array): unknown {
  const deserializer = new DefaultDeserializer(bytes)
  deserializer.readHeader()
  return deserializer.readValue()
}

/** Whether a value may leave the machine. */
export function isSerializable (value: unknown): boolean {
  try {
    toBytes(value)
    return true
  } catch {
    return false
  }
}
