import { promisify } from 'node:util'
import { brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib'

export const title = 'node:zlib'
export const packages = []

export const cases = {
  gzipSync: {
    call: '`gzipSync()`',
    async prepare () {
      const bytes = makeLog(12_000_000)
      return async () => { gzipSync(bytes) }
    }
  },
  gzip: {
    call: '`gzip()`',
    async prepare () {
      const bytes = makeLog(12_000_000)
      return () => promisify(gzip)(bytes)
    }
  },
  brotliCompressSync: {
    call: '`brotliCompressSync()`',
    async prepare () {
      const bytes = makeLog(3_000_000)
      return async () => { brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }) }
    }
  }
}

function makeLog (size) {
  const lines = []
  for (let index = 0, length = 0; length < size; index++) {
    lines.push(`2026-01-01T00:00:00Z INFO request ${index} took ${(index * 7919) % 1000} ms, GET /orders/${(index * 104729) % 65536}\n`)
    length += lines[index].length
  }
  return Buffer.from(lines.join(''))
}
