import type * as Entry from './entry.js' with { 'resolution-mode': 'import' }
import type { Outcome, Report, Task } from '../wire/assignment.js' with { 'resolution-mode': 'import' }

/*
 * The file that Piscina loads in a thread, by require(). Of an ES module Node 20.20 aborts the whole process, if the thread is ended while
 * that links (v8::Module::IsGraphAsync in ModuleWrap::InstantiateSync); import() goes another way.
 */

let entry: Promise<typeof Entry> | undefined

async function serve (task: Task): Promise<Outcome<Report | undefined>> {
  entry ??= import('./entry.js')
  return await (await entry).serve(task)
}

export = { serve }
