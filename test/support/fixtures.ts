import { fileURLToPath } from 'node:url'

/** Paths of the files in the folder `fixtures` beside a test. */
export function fixturesOf (test: string): (name: string) => string {
  return (name) => fileURLToPath(new URL(`fixtures/${name}`, test))
}
