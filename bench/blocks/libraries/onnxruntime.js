export const packages = ['onnxruntime-node']

export const cases = {
  run: {
    call: '`await session.run()`',
    note: 'a native call in a `setImmediate`',
    async prepare () {
      return await load({})
    }
  },
  runWithOneThread: {
    call: '`await session.run()`, `intraOpNumThreads: 1`',
    async prepare () {
      return await load({ intraOpNumThreads: 1 })
    }
  },
  runWithFourThreads: {
    call: '`await session.run()`, `intraOpNumThreads: 4`',
    async prepare () {
      return await load({ intraOpNumThreads: 4 })
    }
  }
}

async function load (options) {
  const { default: ort } = await import('onnxruntime-node')
  const { makeModel } = await import('../data/onnx-model.js')
  const [rows, size] = [256, 512]
  const session = await ort.InferenceSession.create(makeModel({ layers: 60, rows, size }), options)
  const input = new ort.Tensor('float32', new Float32Array(rows * size).fill(1), [rows, size])
  return () => session.run({ input })
}
