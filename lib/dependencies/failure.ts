/** The error with which a request has failed. Wrapped in an object, since undefined can be thrown as well. */
export interface Failure {
  readonly error: unknown
}

/** A request that something other than its dependencies may end, such as a time limit. */
export interface StoppableRequest {
  /**
   * The failure that has ended the request meanwhile. From then on every teardown gets an error, and in a
   * worker no further dependency starts.
   */
  readonly stopped: Failure | undefined
}
