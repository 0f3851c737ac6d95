import type { Executor } from '../executor.js'

/**
 * Waits for the workers of a boot as long as Fastify lets an onReady hook take, which is `pluginTimeout` in
 * ms, 0 for no limit. Has the boot expire shortly before: Fastify's own error would not tell of workers.
 */
export async function awaitBoot<Result> (
  boot: Promise<Result>, executor: Executor, pluginTimeout: number
): Promise<Result> {
  if (pluginTimeout === 0) return await boot
  const timer = setTimeout(() => {
    const within = `${pluginTimeout} ms after the main thread had`
    executor.expireBoot(within, 'pluginTimeout, an option of Fastify()')
  }, pluginTimeout * 0.95)
  try {
    return await boot
  } finally {
    clearTimeout(timer)
  }
}
