export const packages = ['argon2']

export const cases = {
  hash: {
    call: '`hash()`',
    async prepare () {
      const { default: argon2 } = await import('argon2')
      return () => argon2.hash('correct horse')
    }
  }
}
