export * from '../../../lib/streams/streams.js'
