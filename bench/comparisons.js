import { dependencies } from './comparisons/dependencies.js'
import { json } from './comparisons/json.js'
import { latency } from './comparisons/latency.js'
import { offload } from './comparisons/offload.js'
import { pluginsCost } from './comparisons/plugins-cost.js'
import { streams } from './comparisons/streams.js'
import { throughput } from './comparisons/throughput.js'

/**
 * What is measured: ours against a rival, and the bound on ours / rival. With another build it is not compared where
 * `comparesBuilds` is false: ours has no build in it, or is the ours of another comparison.
 */
export const comparisons = [...throughput, ...pluginsCost, ...dependencies, ...json, ...streams, ...latency, ...offload]
