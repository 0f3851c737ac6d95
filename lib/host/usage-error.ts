/** Something on the command line is wrong. */
export class UsageError extends Error {}
