// npm run chaos:hosts -- --minutes 30 --seed 1
import { runFromCommandLine } from '../command-line.js'
import { runRounds } from './rounds.js'

await runFromCommandLine('chaos:hosts', runRounds)
