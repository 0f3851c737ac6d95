import { availableParallelism } from 'node:os'

// The same for all pools. serve.js sets it where a case compares numbers of threads.
export const maxThreads = Number(process.env.BENCH_THREADS ?? availableParallelism())

// In bytes.
export const bodyLimit = 64_000_000
