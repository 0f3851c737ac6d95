/*
 * Lines of code that do what a piece of advice says. A name that is not known stands for what the app has
 * there.
 */

const shorthands = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])

/** `route`: "GET /report", or "offload render". `option`: the value of the option `blocking`, as code. */
export function writeRouteLine (route: string, option: string): string {
  const [method, name] = splitKey(route)
  const path = quote(name)
  return shorthands.has(method)
    ? `app.${method.toLowerCase()}(${path}, { blocking: ${option} }, handler)`
    : `app.route({ method: ${quote(method)}, url: ${path}, blocking: ${option}, handler })`
}

/** `key`: a route as above, or "offload render". */
export function writeConcurrencyLine (key: string, concurrency: number): string {
  const [method, name] = splitKey(key)
  return method === 'offload'
    ? `app.blocking.offload(${quote(name)}, { concurrency: ${concurrency} }, ${toIdentifier(name)})`
    : writeRouteLine(key, `{ concurrency: ${concurrency} }`)
}

/** `label`: by which names the dependency was asked for, such as "account.user". */
export function writeDependencyLine (label: string): string {
  const name = toIdentifier(label.slice(label.lastIndexOf('.') + 1))
  return `const ${name} = dependency({ blocking: true }, run)`
}

export function writeHookLine (name: string | undefined): string {
  const hook = toIdentifier(name)
  return `app.addDependencies({ ${hook}: dependency({ blocking: true }, ${hook}) })`
}

export function writeOffloadLine (name: string | undefined): string {
  const run = toIdentifier(name)
  return `const ${run}InWorker = app.blocking.offload(${quote(run)}, ${run})`
}

function splitKey (key: string): [method: string, name: string] {
  const space = key.indexOf(' ')
  return [key.slice(0, space), key.slice(space + 1)]
}

/** Names on the stack may be such as "Reports.summarize" or "async Promise.all". */
function toIdentifier (name = 'run'): string {
  const last = name.slice(name.lastIndexOf('.') + 1)
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(last) && !reserved.has(last) ? last : 'run'
}

const reserved = new Set((
  'arguments await break case catch class const continue debugger default delete do else enum eval export ' +
  'extends false finally for function if implements import in instanceof interface let new null package ' +
  'private protected public return static super switch this throw true try typeof var void while with yield'
).split(' '))

function quote (text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll('\'', '\\\'')}'`
}
