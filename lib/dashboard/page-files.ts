import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { findOwnFile } from '../package-file.js'

/** A file of the page, as it is sent. */
export interface PageFile {
  /** Path below the prefix: "/page.js". */
  path: string
  type: string
  content: Buffer
  /** Tells one version of the file from another. */
  etag: string
}

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml']
])

/** Reads the files of the page and of uPlot, which draws its charts. */
export function readPageFiles (): PageFile[] {
  const index = findOwnFile('dashboard/page/index.html')
  const own = readdirSync(dirname(index))
    .filter((name) => types.has(extname(name)))
    .map((name) => readPageFile(name, join(dirname(index), name)))
  const uplot = dirname(createRequire(index).resolve('uplot'))
  return [
    ...own,
    readPageFile('uplot.js', join(uplot, 'uPlot.iife.min.js')),
    readPageFile('uplot.css', join(uplot, 'uPlot.min.css'))
  ]
}

function readPageFile (name: string, file: string): PageFile {
  const content = readFileSync(file)
  return {
    path: name === 'index.html' ? '/' : `/${name}`,
    type: types.get(extname(name))!,
    content,
    etag: `"${createHash('sha256').update(content).digest('base64url')}"`
  }
}
