import { writeFile } from 'node:fs/promises'
import { draw } from './draw.js'
import { reportAsMarkdown } from './markdown.js'
import { plots } from './plots.js'

const folder = new URL('../', import.meta.url)

/** Writes results.md, and the plots in it, of one of the runs. */
export async function writeResults (results, runs) {
  const byName = Object.fromEntries(results.cases.map((outcome) => [outcome.name, outcome]))
  for (const plot of plots) await writeFile(new URL(plot.file, folder), await draw(plot, plot.of(byName)))
  await writeFile(new URL('results.md', folder), reportAsMarkdown({ ...results, plots }, runs))
}
