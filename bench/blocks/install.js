import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { versions } from './catalogue.js'

/** Installs what a library wants in a folder of its own below `folder`, and gives the path of its module there. */
export function install ({ name, url, packages, setUp }, folder) {
  const own = join(folder, name)
  mkdirSync(own, { recursive: true })
  const file = join(own, basename(fileURLToPath(url)))
  copyFileSync(fileURLToPath(url), file)
  // What several libraries work on, which they import as it lies beside their own folder here.
  cpSync(fileURLToPath(new URL('../data', url)), join(folder, 'data'), { recursive: true })
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies: Object.fromEntries(packages.map((name) => [name, versions[name]])) }, null, 2)
  const done = join(own, 'installed.json')
  if (existsSync(done)) return file
  writeFileSync(join(own, 'package.json'), manifest)
  if (packages.length > 0) {
    const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: own, env: environment(), encoding: 'utf8' })
    if (status !== 0) throw new Error(`npm install: ${stderr.trim().split('\n').slice(0, 6).join('\n')}`)
  }
  setUp?.(own)
  writeFileSync(done, manifest)
  return file
}

function environment () {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))
  return {
    ...Object.fromEntries(inherited),
    // npm and what builds an addon run on the Node that will load it.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    // It would download what it needs for GPUs from elsewhere than the registry.
    ONNXRUNTIME_NODE_INSTALL: 'skip'
  }
}
