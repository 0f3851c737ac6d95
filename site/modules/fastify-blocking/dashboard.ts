export * from '../../../lib/dashboard/dashboard.js'
export { default } from '../../../lib/dashboard/dashboard.js'
