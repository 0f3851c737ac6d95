import { readCommandLine } from './command-line.js'
import { measure } from './measurement.js'
import { headlineOf, measureOn } from './node-versions.js'
import { writeResults } from './report/results.js'
import { ratiosByVersionAsText } from './report/text.js'

const choice = readOrExit()
const runs = choice.versions === undefined ? [await measure(choice)] : await measureOn(choice.versions, choice.args)

if (runs.length > 1) console.log(ratiosByVersionAsText(runs))
if (choice.isFull) await writeResults(headlineOf(runs), runs)
process.exitCode = runs.every(({ comparisons }) => comparisons.every(({ met }) => met)) ? 0 : 1

function readOrExit () {
  try {
    return readCommandLine(process.argv.slice(2))
  } catch (error) {
    console.error(error.message)
    process.exit(2)
  }
}
