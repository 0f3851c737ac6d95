import { BootTimeout } from '../errors.js'

/**
 * Waits for the workers of a boot as long as Fastify lets an onReady hook take, which is `pluginTimeout` in
 * ms, 0 for no limit. Rejects shortly before with FST_BLOCKING_BOOT_TIMEOUT: Fastify's own error would not
 * tell of workers.
 */
export async function awaitBoot<Result> (
  boot: Promise<Result>, module: string, pluginTimeout: number
): Promise<Result> {
  if (pluginTimeout === 0) return await boot
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const advice = 'after the main thread had; raise pluginTimeout, an option of Fastify(),'
      reject(new BootTimeout(module, pluginTimeout, advice))
    }, pluginTimeout * 0.95)
  })
  try {
    return await Promise.race([boot, limit])
  } finally {
    clearTimeout(timer)
  }
}
