/** Whether Fastify would send it piece by piece. */
export function isStream (payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && ('pipe' in payload || 'getReader' in payload || payload instanceof Response)
}
