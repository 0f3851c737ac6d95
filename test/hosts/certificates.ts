import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const lacksOpenssl = spawnSync('openssl', ['version']).error === undefined ? false : 'there is no openssl'

export interface Certificate {
  certificate: string
  key: string
}

/** Files of a certificate that vouches for itself, and for others. */
export function createAuthority (folder: string, name: string): Certificate {
  const [certificate, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  openssl('req', '-x509', ...newKey, '-keyout', key, '-out', certificate, '-days', '2', '-subj', `/CN=${name}`)
  return { certificate, key }
}

/** `names`: as in `IP:127.0.0.1,DNS:localhost`. */
export function createCertificate (folder: string, name: string, authority: Certificate, names: string): Certificate {
  const [certificate, key, request] = ['crt', 'key', 'csr'].map((end) => join(folder, `${name}.${end}`)) as [string, string, string]
  openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`)
  openssl('x509', '-req', '-in', request, '-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial',
    '-copy_extensions', 'copy', '-days', '2', '-out', certificate)
  return { certificate, key }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

function openssl (...parameters: string[]): void {
  execFileSync('openssl', parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
}
