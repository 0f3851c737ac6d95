// A process of its own, of some version of Node: takes what its arguments choose, and sends the outcome to run.js.
import { readCommandLine } from './command-line.js'
import { measure } from './measurement.js'

process.once('disconnect', () => process.exit())
process.send(await measure(readCommandLine(process.argv.slice(2))))
