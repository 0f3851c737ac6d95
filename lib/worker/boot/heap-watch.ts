import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/**
 * Calls back once, when a major garbage collection leaves more than `megabytes` of this thread's heap in use.
 */
export function watchHeap (megabytes: number, onFull: () => void): void {
  const observer = new PerformanceObserver((list) => {
    const entries = list.getEntries() as (PerformanceEntry & { detail?: { kind?: number } })[]
    const isMajor = entries.some(({ detail }) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR)
    if (!isMajor || getHeapStatistics().used_heap_size <= megabytes * 1_048_576) return
    observer.disconnect()
    onFull()
  })
  observer.observe({ entryTypes: ['gc'] })
}
