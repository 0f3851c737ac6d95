export const packages = ['@tensorflow/tfjs']

export const cases = {
  matMul: {
    call: '`await matMul().data()`, on its CPU backend',
    async prepare () {
      const tf = await import('@tensorflow/tfjs')
      await tf.setBackend('cpu')
      const [one, other] = [tf.randomNormal([400, 400]), tf.randomNormal([400, 400])]
      return async () => {
        const product = tf.matMul(one, other)
        await product.data()
        product.dispose()
      }
    }
  }
}
