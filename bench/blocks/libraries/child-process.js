import { exec, execSync } from 'node:child_process'
import { promisify } from 'node:util'

// Node is a program that is there everywhere, and takes some time to start.
const command = `"${process.execPath}" -e "let sum = 0; for (let i = 0; i < 1e7; i++) sum += i"`

export const title = 'node:child_process'
export const packages = []

export const cases = {
  execSync: {
    call: '`execSync()`',
    async prepare () {
      return async () => { execSync(command) }
    }
  },
  exec: {
    call: '`exec()`',
    async prepare () {
      return () => promisify(exec)(command)
    }
  }
}
