import { dependencies } from './comparisons/dependencies.js'
import { jsonRates } from './comparisons/json-rates.js'
import { latency } from './comparisons/latency.js'
import { loopTime } from './comparisons/loop-time.js'
import { offload } from './comparisons/offload.js'
import { pluginsCost } from './comparisons/plugins-cost.js'
import { streams } from './comparisons/streams.js'
import { throughput } from './comparisons/throughput.js'

/**
 * What is measured: ours against a rival, or the better of several, and the bound on ours / rival. With another build it is
 * not compared where `comparesBuilds` is false: ours has no build in it, or is the ours of another comparison. `boundUntil`
 * is the last version of Node for which the bound is meant.
 */
export const comparisons = [...throughput, ...pluginsCost, ...dependencies, ...jsonRates, ...loopTime, ...streams, ...latency, ...offload]
