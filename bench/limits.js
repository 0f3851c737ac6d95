import { availableParallelism } from 'node:os'

// The same for both pools.
export const maxThreads = availableParallelism()

// In bytes.
export const bodyLimit = 64_000_000
