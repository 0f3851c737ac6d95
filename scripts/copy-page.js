import { copyFileSync, readdirSync } from 'node:fs'

// What of the dashboard's page is not compiled.
const from = new URL('../lib/dashboard/page/', import.meta.url)
const to = new URL('../dist/dashboard/page/', import.meta.url)
for (const file of readdirSync(from)) {
  if (/\.(html|css|svg)$/.test(file)) copyFileSync(new URL(file, from), new URL(file, to))
}
