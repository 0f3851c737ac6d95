import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import fp from 'fastify-plugin'

// By default some ten milliseconds; tests have less.
const cost = { N: 2 ** Number(process.env.PASSWORD_COST ?? 14), r: 8, p: 1 }

/** Slow, on purpose. @param {string} password */
export function hashPassword (password) {
  const salt = randomBytes(16)
  return `${salt.toString('hex')}.${scryptSync(password, salt, 32, cost).toString('hex')}`
}

/** As slow. @param {string} password @param {string} hashed */
export function isPassword (password, hashed) {
  const [salt = '', key = ''] = hashed.split('.')
  return timingSafeEqual(scryptSync(password, Buffer.from(salt, 'hex'), 32, cost), Buffer.from(key, 'hex'))
}

export default fp(async function passwords (app) {
  app.decorate('passwords', { hash: hashPassword, matches: isPassword })
}, { name: 'shop-passwords' })
