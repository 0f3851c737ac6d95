import { dependency } from 'fastify-blocking'

const one = dependency({ blocking: true }, () => 1)
const two = dependency({ blocking: true, dependencies: { one } }, (_request, { one }) => one + 1)
const three = dependency({ blocking: true, dependencies: { two } }, (_request, { two }) => two + 1)
const four = dependency({ blocking: true }, () => 4)
const five = dependency({ blocking: true, dependencies: { four } }, (_request, { four }) => four + 1)
/** The last of six blocking dependencies, which wants the others. */
export const six = dependency({ blocking: true, dependencies: { three, five } }, (_request, { three, five }) => three + five)
