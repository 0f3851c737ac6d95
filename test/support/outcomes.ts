/** Of stats(): no request has another outcome than an answer. */
export const onlyCompleted = { failed: 0, refused: 0, timedOut: 0, clientGone: 0 }
