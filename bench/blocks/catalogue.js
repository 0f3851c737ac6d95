import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('libraries/', import.meta.url)
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))

/** Exact version of each package that a library may want. */
export const versions = dependencies

/** One module for each library. It imports its packages in `prepare` alone, so it can be read where they are not installed. */
export async function readLibraries () {
  const files = readdirSync(folder).filter((file) => file.endsWith('.js')).sort()
  return await Promise.all(files.map(async (file) => {
    const url = new URL(file, folder)
    const { title, packages, cases, setUp } = await import(url)
    return { name: file.slice(0, -'.js'.length), url, title: title ?? packages[0], packages, cases, setUp }
  }))
}
