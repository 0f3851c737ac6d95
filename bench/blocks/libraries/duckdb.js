export const packages = ['@duckdb/node-api']

export const cases = {
  aggregate: {
    call: '`runAndReadAll()`, 10,000,000 rows summed up',
    async prepare () {
      const connection = await connect()
      return () => connection.runAndReadAll('select i % 100 as remainder, sum(sqrt(i)) as total, count(distinct i % 1000) as kinds from range(10000000) t (i) group by 1')
    }
  },
  rows: {
    call: '`getRowObjects()`, 30,000 rows',
    async prepare () {
      const connection = await connect()
      return async () => {
        const reader = await connection.runAndReadAll('select i as id, \'customer \' || (i % 5000) as customer, i % 997 * 1.5 as price from range(30000) t (i)')
        reader.getRowObjects()
      }
    }
  }
}

async function connect () {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  return await instance.connect()
}
