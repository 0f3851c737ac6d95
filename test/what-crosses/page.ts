import { readFile } from 'node:fs/promises'

export interface Row {
  /** Its first cell. */
  title: string
  /** The other cells, by the heads of their columns. */
  cells: Record<string, string>
}

/** The tables of docs/what-crosses.md, each by the heading that it stands under. */
export async function readTables (): Promise<Map<string, Row[]>> {
  const page = await readFile(new URL('../../docs/what-crosses.md', import.meta.url), 'utf8')
  const tables = new Map<string, Row[]>()
  for (const section of page.split(/^##+ /m)) {
    const [heading, ...lines] = section.split('\n')
    const [head, , ...rows] = lines.filter((line) => line.startsWith('|')).map(split)
    if (head !== undefined) tables.set(heading!, rows.map(([title, ...cells]) => ({ title: title!, cells: Object.fromEntries(cells.map((cell, index) => [head[index + 1]!, cell])) })))
  }
  return tables
}

export async function readTable (heading: string): Promise<Row[]> {
  const table = (await readTables()).get(heading)
  if (table === undefined) throw new Error(`docs/what-crosses.md has no table under "${heading}"`)
  return table
}

function split (line: string): string[] {
  return line.split('|').slice(1, -1).map((cell) => cell.trim())
}
