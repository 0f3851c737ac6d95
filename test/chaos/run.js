// npm run chaos -- --minutes 60 --seed 7
import { runFromCommandLine } from './command-line.js'
import { weather } from './weather.js'

await runFromCommandLine('chaos', weather)
