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
    call: '`await order.groupBy()`, on libsql, 400,000 rows read',
    async prepare (folder) {
      const database = await open(folder)
      return () => database.order.groupBy({ by: 'customer', _count: true, _sum: { price: true }, _avg: { price: true } })
    }
  },
  findMany: {
    call: '`await order.findMany()`, on libsql, 10,000 rows',
    async prepare (folder) {
      const database = await open(folder)
      return () => database.order.findMany({ take: 10_000 })
    }
  }
}

async function open (folder) {
  const { DatabaseSync } = await import('node:sqlite')
  const { PrismaLibSql } = await import('@prisma/adapter-libsql')
  const { PrismaClient } = await import('./generated/client.ts')
  const { createOrders } = await import('../data/orders.js')
  const file = join(folder, 'shop.db')
  // Threads that come at the same time wait for each other here, as they do not with the adapter.
  const maker = new DatabaseSync(file)
  maker.exec(`pragma busy_timeout = 60000; begin immediate; ${createOrders.join(';')};
    create table if not exists orders_with_id (id integer primary key, customer text not null, price real not null);
    insert into orders_with_id select rowid, customer, price from orders where not exists (select 1 from orders_with_id);
    commit`)
  maker.close()
  return new PrismaClient({ adapter: new PrismaLibSql({ url: pathToFileURL(file).href }) })
}
