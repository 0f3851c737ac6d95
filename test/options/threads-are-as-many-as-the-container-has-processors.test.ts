import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { readQuota } from '../../dist/options/processors.js'

/** Files as Linux shows them to a process, by path; and the quota in processors. */
const systems: [what: string, files: Record<string, string>, quota: number][] = [
  ['there are no control groups', {}, Infinity],
  ['version 2: none', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, Infinity],
  ['version 2: a container sees its own group as the root', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1.5],
  ['version 2: a service', { 'proc/self/cgroup': '0::/system.slice/app.service\n', 'sys/fs/cgroup/system.slice/app.service/cpu.max': '400000 100000\n' }, 4],
  ['version 2: the group around it has less', {
    'proc/self/cgroup': '0::/pods/one\n',
    'sys/fs/cgroup/pods/one/cpu.max': '400000 100000\n',
    'sys/fs/cgroup/pods/cpu.max': '200000 100000\n'
  }, 2],
  ['version 1', {
    'proc/self/cgroup': '12:memory:/docker/a\n4:cpu,cpuacct:/docker/a\n',
    'sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_quota_us': '250000\n',
    'sys/fs/cgroup/cpu,cpuacct/docker/a/cpu.cfs_period_us': '100000\n'
  }, 2.5],
  ['version 1: none', {
    'proc/self/cgroup': '4:cpu,cpuacct:/\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n'
  }, Infinity],
  ['version 1: a container whose group has another path within it', {
    'proc/self/cgroup': '4:cpu,cpuacct:/docker/a\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n'
  }, 0.5]
]

for (const [what, files, quota] of systems) {
  t.test(what, async (t) => {
    const root = t.testdir()
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    t.equal(readQuota(root), quota)
  })
}
