import type { Thread } from './thread.js'

/** What a slot or a call of a thread tells the pool that it belongs to. */
export interface SlotOwner {
  /** The visit or the call has been told to stop: where there is room, the thread's successor boots meanwhile. */
  startReplacement (): void
  /** The visit or the call has settled. */
  settled (thread: Thread): void
}
