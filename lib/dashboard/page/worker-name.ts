/** Names a thread by its number, and a worker host by the name that it has. */
export function nameWorker (worker: number, host: string | undefined): string {
  return host === undefined ? `Thread ${worker}` : `Host ${host}`
}
