// Binaries of other versions of Node, from npm's package `node`. They stay in a folder beside the system's other temporary
// files.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const isWindows = process.platform === 'win32'

/** Installs a version, such as 24 or '24.11.0', unless it is there, and returns the path of its binary. */
export function installNode (version) {
  const folder = join(tmpdir(), 'fastify-blocking-nodes', String(version))
  const node = join(folder, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node')
  if (existsSync(node)) return node
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const { status } = spawnSync(isWindows ? 'npm.cmd' : 'npm', ['install', '--no-save', `node@${version}`], { cwd: folder, stdio: 'inherit', shell: isWindows })
  if (status !== 0) throw new Error(`npm could not install node@${version}`)
  return node
}
