import { join } from 'node:path'

export const packages = ['lmdb']

export const cases = {
  transactionSync: {
    call: '`transactionSync()`, 50,000 puts',
    async prepare (folder) {
      const store = await open(folder)
      return async () => {
        store.transactionSync(() => {
          for (let id = 0; id < 50_000; id++) store.putSync(id, { customer: `customer ${id % 5000}`, price: id })
        })
      }
    }
  },
  put: {
    call: '`put()`, 50,000 at once',
    async prepare (folder) {
      const store = await open(folder)
      return async () => {
        const puts = []
        for (let id = 0; id < 50_000; id++) puts.push(store.put(id, { customer: `customer ${id % 5000}`, price: id }))
        await Promise.all(puts)
      }
    }
  }
}

async function open (folder) {
  const { open } = await import('lmdb')
  return open({ path: join(folder, 'store') })
}
