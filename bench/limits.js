import { availableParallelism } from 'node:os'

// The same for both pools.
export const maxThreads = availableParallelism()
