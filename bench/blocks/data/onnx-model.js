/** A model of ONNX with so many layers of a matrix product and Relu, whose `input` and `output` have `size` columns. */
export function makeModel ({ layers, rows, size }) {
  const weights = Buffer.from(Float32Array.from({ length: size * size }, (_, index) => ((index * 7919) % 199 - 99) / 99 / size).buffer)
  const nodes = Array.from({ length: layers }, (_, layer) => [
    message(1, text(1, layer === 0 ? 'input' : `relu${layer - 1}`), text(1, 'weights'), text(2, `product${layer}`), text(4, 'MatMul')),
    message(1, text(1, `product${layer}`), text(2, layer === layers - 1 ? 'output' : `relu${layer}`), text(4, 'Relu'))
  ]).flat()
  const float = 1
  const tensor = message(5, number(1, size), number(1, size), number(2, float), text(8, 'weights'), bytes(9, weights))
  const shape = message(2, ...[rows, size].map((value) => message(1, number(1, value))))
  const type = message(2, message(1, number(1, float), shape))
  const graph = message(7, ...nodes, text(2, 'graph'), tensor, message(11, text(1, 'input'), type), message(12, text(1, 'output'), type))
  return Buffer.concat([number(1, 8), message(8, text(1, ''), number(2, 13)), graph])
}

// Protocol buffers: fields of type 0 are numbers, those of type 2 bytes.
function number (field, value) {
  return Buffer.concat([varint(field << 3), varint(value)])
}

function bytes (field, value) {
  return Buffer.concat([varint(field << 3 | 2), varint(value.length), value])
}

function text (field, value) {
  return bytes(field, Buffer.from(value))
}

function message (field, ...parts) {
  return bytes(field, Buffer.concat(parts))
}

function varint (value) {
  const digits = []
  for (; value > 127; value = Math.floor(value / 128)) digits.push(value % 128 | 128)
  return Buffer.from([...digits, value])
}
