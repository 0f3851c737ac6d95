import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const title = 'node:fs'
export const packages = []

export const cases = {
  readFileSync: {
    call: '`readFileSync()`, 100 MB',
    async prepare (folder) {
      const file = makeFile(folder)
      return async () => { readFileSync(file) }
    }
  },
  readFile: {
    call: '`readFile()`, 100 MB',
    async prepare (folder) {
      const file = makeFile(folder)
      return () => readFile(file)
    }
  }
}

/** It is in the memory of the system when it is read, so what is measured is no disk. */
function makeFile (folder) {
  const file = join(folder, 'large')
  if (!existsSync(file)) writeFileSync(file, Buffer.alloc(100_000_000, 'x'))
  return file
}
