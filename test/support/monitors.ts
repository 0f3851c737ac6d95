import { syncBuiltinESMExports } from 'node:module'
import perfHooks from 'node:perf_hooks'

/** Monitors of the event loop's delay, of all that is loaded after this file. */
export const monitors = { made: 0, running: 0 }

const { monitorEventLoopDelay } = perfHooks
perfHooks.monitorEventLoopDelay = (options) => {
  const monitor = monitorEventLoopDelay(options)
  const { enable, disable } = monitor
  monitors.made++
  monitor.enable = () => { monitors.running++; return enable.call(monitor) }
  monitor.disable = () => { monitors.running--; return disable.call(monitor) }
  return monitor
}
syncBuiltinESMExports()
