/** ms of silence after which a heartbeat is sent: proxies end a connection that is silent for a minute. */
const heartbeatInterval = 15_000

/** Gives `heartbeat` after each interval in which the source has given nothing. */
export function keepAlive (chunks: AsyncIterable<string>, heartbeat: string): AsyncIterable<string> {
  return { [Symbol.asyncIterator]: () => beat(chunks[Symbol.asyncIterator](), { value: heartbeat }) }
}

function beat (source: AsyncIterator<string>, heartbeat: IteratorResult<string>): AsyncIterator<string> {
  /** The step of the source that has not been given yet. */
  let pending: Promise<IteratorResult<string>> | undefined
  return {
    async next () {
      pending ??= source.next()
      let timer: NodeJS.Timeout | undefined
      const silence = new Promise<IteratorResult<string>>((resolve) => {
        timer = setTimeout(resolve, heartbeatInterval, heartbeat)
      })
      try {
        const step = await Promise.race([pending, silence])
        if (step !== heartbeat) pending = undefined
        return step
      } finally {
        clearTimeout(timer)
      }
    },
    async return () {
      return await source.return?.() ?? { done: true, value: undefined }
    }
  }
}
