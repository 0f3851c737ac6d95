export * from '../../../lib/security/security.js'
