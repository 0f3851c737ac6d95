import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const title = '@prisma/client'
export const packages = ['@prisma/client', 'prisma', '@prisma/adapter-libsql']

const schema = `generator client {
  provider            = "prisma-client"
  output              = "./generated"
  importFileExtension = "ts"
}

datasource database {
  provider = "sqlite"
}

model Order {
  id       Int    @id
  customer String
  price    Float
  @@map("orders_with_id")
}
`

/** Makes the client, for which the engine of migrations is not used: with its place named, prisma does not download it. */
export function setUp (folder) {
  writeFileSync(join(folder, 'schema.prisma'), schema)
  const command = join(folder, 'node_modules/prisma/build/index.js')
  execFileSync(process.execPath, [command, 'generate', '--schema', 'schema.prisma'], {
    cwd: folder, stdio: 'pipe', env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }
  })
}

export const cases = {
  groupBy: {
    call: 'await order.groupBy(), on libsql, 400,000 rows read',
    async prepare (folder) {
      const database = await open(folder)
      return () => database.order.groupBy({ by: 'customer', _count: true, _sum: { price: true }, _avg: { price: true } })
    }
  },
  findMany: {
    call: 'await order.findMany(), on libsql, 10,000 rows',
    async prepare (folder) {
      const database = await open(folder)
      return () => database.order.findMany({ take: 10_000 })
    }
  }
}

async function open (folder) {
  const { PrismaLibSql } = await import('@prisma/adapter-libsql')
  const { PrismaClient } = await import('./generated/client.ts')
  const { createOrders } = await import('../data/orders.js')
  const database = new PrismaClient({ adapter: new PrismaLibSql({ url: pathToFileURL(join(folder, 'shop.db')).href, timeout: 10_000 }) })
  await database.$queryRawUnsafe('pragma busy_timeout = 10000')
  await database.$transaction(async (transaction) => {
    for (const statement of createOrders) await transaction.$executeRawUnsafe(statement)
    await transaction.$executeRawUnsafe('create table if not exists orders_with_id (id integer primary key, customer text not null, price real not null)')
    await transaction.$executeRawUnsafe('insert into orders_with_id select rowid, customer, price from orders where not exists (select 1 from orders_with_id)')
  }, { timeout: 60_000 })
  return database
}
