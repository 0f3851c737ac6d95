// The case that the environment names, in a process or a thread of its own.
const { BLOCKS_MODULE, BLOCKS_CASE, BLOCKS_FOLDER } = process.env

/** Imports the library, and makes the function that does the work once. */
export async function prepareCase () {
  const { cases } = await import(BLOCKS_MODULE)
  return await cases[BLOCKS_CASE].prepare(BLOCKS_FOLDER)
}
