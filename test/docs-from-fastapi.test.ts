import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { runToEnd } from './support/app-process.js'

interface Request { url: string, method?: string, headers?: Record<string, string>, form?: Record<string, string> }
interface Answers { answers: [status: number, body: Record<string, unknown>, challenge?: string | null][], sockets: string[] }

const page = readFileSync('docs/from-fastapi.md', 'utf8')
const [chapters, testing] = page.split('\n## Testing\n') as [string, string]

function blocksOf (text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code!)
}

/** The files of the chapter on tests: the first line of each tells its name. */
function filesOf (language: string): Record<string, string> {
  return Object.fromEntries(blocksOf(testing, language).map((code) => [/^(?:#|\/\/) (\S+)\n/.exec(code)![1]!, patient(code)]))
}

/** On a slow machine workers take longer than Fastify waits by default. */
function patient (code: string): string {
  return code.replace('Fastify()', 'Fastify({ pluginTimeout: 100_000 })')
}

const north = { headers: { 'x-country': 'no' } }
const south = { headers: { 'x-country': 'nz' } }
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const basic = (password: string) => ({ headers: { authorization: `Basic ${Buffer.from(`ada:${password}`).toString('base64')}` } })
const post = (url: string, form = {}) => ({ url, method: 'POST', form })
const invalid = 'a request that does not match the schema'
const unauthorized = [401, 'another message'] as const

/**
 * `<jwt>` is the last token that the app has made. A text in place of a body is the message of an error, `{ text }` a body that is
 * not JSON.
 */
const expected: (readonly [Request, number, string | object])[] = [
  [{ url: '/sales?year=1999' }, 200, { year: 1999, month: 1 }],
  [{ url: '/sales?year=x' }, 422, invalid],
  [{ url: '/sales' }, 422, invalid],
  [{ url: '/box?width=3&height=4' }, 200, { area: 12 }],
  [{ url: '/greeting' }, 200, { greeting: 'hello', language: 'en' }],
  [{ url: '/greeting', headers: { 'accept-language': 'de-AT' } }, 200, { greeting: 'moin', language: 'de' }],
  [{ url: '/whales', ...north }, 200, { whales: 7 }],
  [{ url: '/whales', ...south }, 451, 'not in your country'],
  [{ url: '/whales' }, 422, invalid],
  [{ url: '/fleet/boats', ...north }, 200, { boats: 2 }],
  [{ url: '/fleet/boats', ...south }, 451, 'not in your country'],
  [post('/mails/ada'), 200, { accepted: 'ada' }],
  [post('/transfers/7'), 200, { cents: 7 }],
  [post('/transfers/700'), 409, 'not enough money'],
  [{ url: '/token', ...bearer('abc') }, 200, { token: 'abc' }],
  [{ url: '/token' }, ...unauthorized],
  [{ url: '/me', ...bearer('ada') }, 200, { name: 'ada' }],
  [{ url: '/me', ...bearer('eve') }, ...unauthorized],
  [{ url: '/me', ...basic('open sesame') }, ...unauthorized],
  [post('/login', { username: 'ada', password: 'engine' }), 200, { access_token: 'ada', token_type: 'bearer' }],
  [post('/login', { username: 'ada', password: 'motor' }), 400, 'wrong name or password'],
  [post('/login', { username: 'ada' }), 422, invalid],
  [post('/jwt', { username: 'grace', password: 'fortran' }), 400, 'wrong name or password'],
  [post('/jwt', { username: 'grace', password: 'cobol' }), 200, { access_token: '<jwt>', token_type: 'bearer' }],
  [{ url: '/claims', ...bearer('<jwt>') }, 200, { sub: 'grace', scope: '' }],
  [{ url: '/orders', ...bearer('<jwt>') }, 403, 'another message'],
  [post('/jwt', { username: 'grace', password: 'cobol', scope: 'orders:read orders:write' }), 200, { access_token: '<jwt>', token_type: 'bearer' }],
  [{ url: '/claims', ...bearer('<jwt>') }, 200, { sub: 'grace', scope: 'orders:read' }],
  [{ url: '/orders', ...bearer('<jwt>') }, 200, { 'orders of': 'grace' }],
  [{ url: '/orders', ...bearer('<jwt>x') }, ...unauthorized],
  [{ url: '/staff', ...basic('open sesame') }, 200, { name: 'ada' }],
  [{ url: '/staff', ...basic('open') }, ...unauthorized],
  [{ url: '/staff' }, ...unauthorized],
  [{ url: '/def/15' }, 200, { fibonacci: 610 }],
  [{ url: '/async-def/1' }, 200, { slept: 1 }],
  [{ url: '/both/15' }, 200, { fibonacci: 610 }],
  [{ url: '/countdown/2' }, 200, { text: 'id: 2\ndata: 2\n\nid: 1\ndata: 1\n\nevent: end\ndata: lift-off\n\n' }],
  [{ url: '/log' }, 200, ['a mail to ada', { committed: [7] }, { dropped: [700] }]]
]
const requests = [...expected.map(([request]) => request), { url: '/openapi.json' }]
const sockets = ['refused', 'ada: hello']

/** Asks at the end of FastAPI's app. */
const askTheirs = `
import json
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
client = TestClient(app)
answers, sockets, token = [], [], ""
for request in json.loads(${JSON.stringify(JSON.stringify(requests))}):
    headers = {name: value.replace("<jwt>", token) for name, value in request.get("headers", {}).items()}
    answer = client.request(request.get("method", "GET"), request["url"], headers=headers, data=request.get("form"))
    body = answer.json() if answer.headers["content-type"] == "application/json" else {"text": answer.text}
    token = body.get("access_token", token) if isinstance(body, dict) else token
    answers.append([answer.status_code, body, answer.headers.get("www-authenticate")])
try:
    with client.websocket_connect("/echo"): sockets.append("open")
except WebSocketDisconnect:
    sockets.append("refused")
with client.websocket_connect("/echo?name=ada") as socket:
    socket.send_text("hello")
    sockets.append(socket.receive_text())
print(json.dumps({"answers": answers, "sockets": sockets}))
`

/** Does what pytest would do. */
const runTests = `
import test_events, test_price, test_rate
for module in (test_price, test_rate, test_events):
    ran = [test() for name, test in vars(module).items() if name.startswith("test_")]
    assert len(ran) == 1
`

/** The messages of errors that come from FastAPI or from this package are left out, as the page says. */
function check (t: Test, { answers, sockets: told }: Answers, message: string, invalidStatus: number): void {
  for (const [index, [{ url, method = 'GET' }, status, body]] of expected.entries()) {
    const [given, answer, challenge] = answers[index]!
    if ('access_token' in answer && body !== 'ada') answer.access_token = String(answer.access_token).replace(/^[\w-]+\.[\w-]+\.[\w-]+$/, '<jwt>')
    const isOurs = typeof body === 'string' && body !== invalid && body !== 'another message'
    const wanted = typeof body === 'string' ? (isOurs ? { [message]: body } : {}) : body
    t.equal(given, status === 422 ? invalidStatus : status, `${method} ${url}: ${JSON.stringify(answer)}`)
    if (typeof body === 'string') t.match(answer, wanted, `${method} ${url}`)
    else t.same(answer, wanted, `${method} ${url}`)
    if (body === 'another message') t.match(challenge, url === '/staff' ? /^Basic realm="shop"/ : /^Bearer/, `${method} ${url}`)
  }
  t.same(told, sockets)
  const [, { paths }] = answers.at(-1)! as unknown as [number, { paths: Record<string, { get?: { security?: unknown } }> }]
  const securityOf = (path: string) => paths[path]?.get?.security
  t.same(['/token', '/me', '/claims', '/orders'].map(securityOf), [[], [], [], ['orders:read']].map((oauth2) => [{ oauth2 }]))
}

t.test('each section of docs/from-fastapi.md has a block in Python and one in JavaScript', async (t) => {
  const sections = page.replaceAll(/^(# \w+\.py)$/gm, ' $1').split(/^#{1,3} /m).slice(1).filter((text) => text.includes('```'))
  t.equal(sections.length, 21)
  for (const section of sections) t.same(['python', 'js'].map((language) => blocksOf(section, language).length), [1, 1], section.split('\n')[0]!)
})

const python = await findPython()
const skip = python === undefined && 'needs python3-fastapi, python3-httpx, python3-jwt and python3-multipart of Debian'
/** A token of the FastAPI app, if there is one. */
let token: string | undefined

t.test('FastAPI\'s of docs/from-fastapi.md', { skip }, async (t) => {
  const dir = t.testdir({ ...filesOf('python'), 'theirs.py': blocksOf(chapters, 'python').join('\n') + askTheirs, 'run_tests.py': runTests })
  const runPython = async (name: string) => await promisify(execFile)(python!, [join(dir, name)])
  const [{ stdout }] = await Promise.all([runPython('theirs.py'), runPython('run_tests.py')])
  const theirs = JSON.parse(stdout) as Answers
  token = theirs.answers.map(([, body]) => body.access_token as string | undefined).findLast((token) => token !== undefined)
  check(t, theirs, 'detail', 422)
})

t.test('ours of docs/from-fastapi.md', async (t) => {
  const app = patient(blocksOf(chapters, 'js').join('\n'))
  const dir = t.testdir({ ...filesOf('js'), 'ours.mjs': app + askOurs(token === undefined ? [] : [{ url: '/claims', ...bearer(token) }]) })
  const tests = ['price', 'rate', 'events'].map((name) => join(dir, `${name}.test.js`))
  const [asked, tested] = await Promise.all([
    runToEnd(t, [join(dir, 'ours.mjs')], { PORT: '0' }),
    runToEnd(t, ['--test', '--test-reporter=tap', ...tests])
  ])
  t.equal(asked.code, 0, asked.stderr)
  t.equal(tested.code, 0, tested.stdout + tested.stderr)
  t.match(tested.stdout, /^# pass 3$/m)
  const { answers, sockets } = JSON.parse(asked.stdout) as Answers
  const [claims] = answers.splice(requests.length)
  check(t, { answers, sockets }, 'message', 400)
  if (token !== undefined) t.same(claims, [200, { sub: 'grace', scope: 'orders:read' }, null], 'a token of FastAPI is valid here')
})

/** Asks at the end of our app. Workers, which run the same file, ask nothing. */
function askOurs (others: Request[]): string {
  return `
const { isMainThread } = await import('node:worker_threads')
if (isMainThread) {
  const answers = []
  let token = ''
  for (const { url, method, headers = {}, form } of ${JSON.stringify([...requests, ...others])}) {
    if (headers.authorization) headers.authorization = headers.authorization.replace('<jwt>', token)
    if (form) headers['content-type'] = 'application/x-www-form-urlencoded'
    const answer = await app.inject({ url, method, headers, payload: form && new URLSearchParams(form).toString() })
    const body = answer.headers['content-type'].startsWith('application/json') ? answer.json() : { text: answer.body }
    token = body.access_token ?? token
    answers.push([answer.statusCode, body, answer.headers['www-authenticate']])
  }
  const sockets = [await app.injectWS('/echo').then(() => 'open', ({ message }) => message.replace('Unexpected server response: 401', 'refused'))]
  const socket = await app.injectWS('/echo?name=ada')
  const message = new Promise((resolve) => socket.once('message', resolve))
  socket.send('hello')
  sockets.push(String(await message))
  socket.terminate()
  console.log(JSON.stringify({ answers, sockets }))
  await app.close()
}`
}

async function findPython (): Promise<string | undefined> {
  for (const command of ['python3', '/usr/bin/python3']) {
    const found = await promisify(execFile)(command, ['-c', 'import fastapi, httpx, jwt, multipart']).then(() => true, () => false)
    if (found) return command
  }
  return undefined
}
