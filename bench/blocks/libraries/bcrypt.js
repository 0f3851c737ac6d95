export const packages = ['bcrypt']

export const cases = {
  hashSync: {
    call: '`hashSync()`',
    async prepare () {
      const { default: bcrypt } = await import('bcrypt')
      return async () => { bcrypt.hashSync('correct horse', 12) }
    }
  },
  hash: {
    call: '`hash()`',
    async prepare () {
      const { default: bcrypt } = await import('bcrypt')
      return () => bcrypt.hash('correct horse', 12)
    }
  }
}
