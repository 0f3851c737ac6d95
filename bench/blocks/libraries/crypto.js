import { scrypt, scryptSync } from 'node:crypto'

const options = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 28 }

export const title = 'node:crypto'
export const packages = []

export const cases = {
  scryptSync: {
    call: '`scryptSync()`',
    async prepare () {
      return async () => { scryptSync('correct horse', 'salt', 64, options) }
    }
  },
  scrypt: {
    call: '`scrypt()`',
    async prepare () {
      return () => new Promise((resolve, reject) => {
        scrypt('correct horse', 'salt', 64, options, (error, key) => error === null ? resolve(key) : reject(error))
      })
    }
  }
}
