import { generateKeyPairSync } from 'node:crypto'

export const packages = ['node-forge']

export const cases = {
  sign: {
    call: '`privateKey.sign()`, 4 times',
    async prepare () {
      const { default: forge } = await import('node-forge')
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const key = forge.pki.privateKeyFromPem(privateKey.export({ type: 'pkcs1', format: 'pem' }))
      return async () => {
        for (let index = 0; index < 4; index++) key.sign(forge.md.sha256.create().update(`order ${index}`))
      }
    }
  }
}
