/*
 * The cost of a sample, by the functions on its stack. Each list is tried from the innermost function outwards.
 */

/** Costs of the system, by what the process has asked it for. */
const ofSystem = [
  ['waking another thread', /eventfd_write|futex_wake/],
  ['writing to the socket', /tcp_sendmsg|sock_write|sock_sendmsg/],
  ['reading from the socket', /tcp_recvmsg|sock_read/],
  ['taking a wake-up', /eventfd_read/],
  ['locks', /futex/],
  ['waiting for events', /epoll/],
  ['memory from the system', /page_fault|mmap|munmap|madvise|brk/]
]

const ofProcess = [
  ['garbage collection', /Scaveng|MarkCompact|MarkingVisitor|ConcurrentMarking|Sweeper|Evacuat|Heap::CollectGarbage|IncrementalMarking|ArrayBufferSweeper/],
  ['compilation by V8', /turboshaft|compiler::|maglev|baseline::|Compiler::|OptimizedCompilationJob/],
  ['JSON to text', /Json(Stringif|StringF)|JSONStringify|JsonSerialize/],
  ['text to JSON', /JsonPars|JSONParse/],
  ['messages, written', /ValueSerializer|worker::Message::Serialize/],
  ['messages, read', /ValueDeserializer|worker::Message::Deserialize/],
  ['message ports', /worker::MessagePort|SiblingGroup|per_context\/messageport|internal\/worker\/io/],
  ['bytes to text, and back', /StringBytes|Utf8|utf8|simdutf|TextDecoder|TextEncoder|WriteString|MakeString/],
  ['HTTP of Node', /http_parser|llhttp|node:_http|internal\/http/],
  ['streams and sockets of Node', /node:(net|internal\/stream|stream|events)|StreamBase|LibuvStreamWrap/],
  ['Fastify and its packages', /\/node_modules\//],
  ['fastify-blocking', /\/dist\//],
  ['JavaScript of Node', /node:/],
  ['libuv', /uv__|uv_/]
]

/** `frames`: as perf prints them, innermost first: address, name, and in brackets the file that has the code. */
export function costOf (frames) {
  const isSystem = /\(\[kernel/.test(frames[0] ?? '')
  for (const frame of frames) {
    const name = frame.replace(/ \([^()]*\)$/, '')
    const found = (isSystem ? ofSystem : ofProcess).find(([, pattern]) => pattern.test(name))
    if (found !== undefined) return found[0]
  }
  return isSystem ? 'the system, other' : 'V8 and Node, other'
}

/** Which of the process's threads it is, by the name that Node gives it. */
export function threadOf (name) {
  if (/^(node|MainThread)/.test(name)) return 'the loop'
  if (/^WorkerThread/.test(name)) return 'the workers'
  return 'helper threads of V8 and libuv'
}
