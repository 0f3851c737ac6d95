export const packages = ['jose']

export const cases = {
  sign: {
    call: '`await new SignJWT().sign()`, RS256, 100 times',
    async prepare () {
      const { generateKeyPair, SignJWT } = await import('jose')
      const { privateKey } = await generateKeyPair('RS256')
      const sign = (id) => new SignJWT({ id }).setProtectedHeader({ alg: 'RS256' }).setExpirationTime('2h').sign(privateKey)
      return async () => {
        for (let id = 0; id < 100; id++) await sign(id)
      }
    }
  }
}
