import multipart from '@fastify/multipart'
import { readFile } from 'node:fs/promises'

export const plugin = '@fastify/multipart'
export const uses = '`request.isMultipart`, `file`, `files`, `parts`, `saveRequestFiles`, `formData`, limits, fields attached to the body'
export const refuses = 'fields of `attachFieldsToBody: true`, unless the worker parses them (`parse: true`),'

const describe = ({ fieldname, filename, encoding, mimetype }) => ({ fieldname, filename, encoding, mimetype })

export default async function (app) {
  app.register(async (context) => {
    await context.register(multipart, { limits: { fileSize: 2_000, fields: 3 } })
    context.post('/is', (request) => ({ isMultipart: request.isMultipart(), body: typeof request.body }))
    context.post('/file', async (request) => {
      const file = await request.file()
      if (file === undefined) return { none: true }
      return { ...describe(file), text: (await file.toBuffer()).toString(), fields: Object.keys(file.fields), title: file.fields.title?.value }
    })
    context.post('/files', async (request) => {
      const files = []
      for await (const file of request.files()) files.push({ ...describe(file), length: (await file.toBuffer()).length })
      return files
    })
    context.post('/parts', async (request) => {
      const parts = []
      for await (const part of request.parts({ limits: { fields: 2 } })) {
        parts.push(part.type === 'file' ? { ...describe(part), length: (await part.toBuffer()).length } : { name: part.fieldname, value: part.value })
      }
      return parts
    })
    context.post('/cut', async (request) => {
      const { file } = await request.file({ throwFileSizeLimit: false })
      let length = 0
      for await (const chunk of file) length += chunk.length
      return { length, isCut: file.truncated }
    })
    context.post('/saved', async (request) => {
      const { files } = await request.saveRequestFiles()
      return await Promise.all(files.map(async (file) => ({ ...describe(file), text: await readFile(file.filepath, 'utf8') })))
    })
  })
  app.register(async (context) => {
    await context.register(multipart, { attachFieldsToBody: true })
    const describeForm = async (request) => {
      const { title, upload } = request.body
      const data = await request.formData()
      return { title: title.value, text: (await upload.toBuffer()).toString(), names: [...data.keys()] }
    }
    context.post('/attached', describeForm)
    context.post('/attached-there', { blocking: { parse: true } }, describeForm)
  })
  app.register(async (context) => {
    await context.register(multipart, { attachFieldsToBody: 'keyValues' })
    const schema = { body: { type: 'object', required: ['title'], properties: { title: { type: 'string', minLength: 3 } } } }
    context.post('/values', { schema }, (request) => ({ title: request.body.title, isBuffer: Buffer.isBuffer(request.body.upload), text: request.body.upload.toString() }))
  })
}

const boundary = '--of-the-form'

function form (...parts) {
  const body = parts.map(([disposition, text, type]) =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${type === undefined ? '' : `content-type: ${type}\r\n`}\r\n${text}\r\n`)
  return { method: 'POST', headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body: `${body.join('')}--${boundary}--\r\n` }
}

const title = ['name="title"', 'a title']
const upload = ['name="upload"; filename="a.txt"', 'the text', 'text/plain']
const large = ['name="large"; filename="large.bin"', 'x'.repeat(3_000), 'application/octet-stream']
const whole = form(title, upload)
const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }

export const requests = [
  { path: '/is', ...whole, status: 200 },
  { path: '/is', ...json, status: 200 },
  { path: '/file', ...whole, status: 200 },
  { path: '/file', ...form(title), status: 200 },
  { path: '/file', ...form(large), status: 413 },
  { path: '/file', ...json, status: 406 },
  { path: '/file', ...whole, body: whole.body.slice(0, -40), status: 500 },
  { path: '/files', ...form(title, upload, upload), status: 200 },
  { path: '/parts', ...form(title, upload), status: 200 },
  { path: '/parts', ...form(title, title, title, upload), status: 413 },
  { path: '/parts', ...form(['name="__proto__"', 'x']), status: 400 },
  { path: '/cut', ...form(large), status: 200 },
  // Injected, the plugin removes them twice, also on the loop, and says so in the log when the next request is there.
  (_answers, by) => ({ path: by === 'inject' ? '/files' : '/saved', ...form(title, upload), status: 200 }),
  { path: '/attached', ...whole, status: 200, refused: 'FST_BLOCKING_NOT_CLONEABLE' },
  { path: '/attached-there', ...whole, status: 200 },
  { path: '/values', ...whole, status: 200 },
  { path: '/values', ...form(['name="title"', 'a'], upload), status: 400 }
]
