export * from '../../../lib/nats/nats.js'
