import { get as httpGet } from 'node:http'

export interface Got {
  status: number | undefined
  retryAfter: string | undefined
  body: unknown
}

/** A request on a connection of its own, which is not kept: a server that closes would wait for it. */
export async function get (url: string): Promise<Got> {
  return await new Promise((resolve, reject) => {
    httpGet(url, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => { text += chunk })
      response.on('end', () => resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], body: JSON.parse(text) }))
    }).on('error', reject)
  })
}
