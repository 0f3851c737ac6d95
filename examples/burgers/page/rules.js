/*
 * The rules of a run, for the server and for the page.
 */

/** The keys of the kitchens, as the paths of their routes and the columns of the page have them. */
export const kitchens = ['waiting', 'computing', 'threads']

/** How many burgers a customer orders, one after the other. */
export const burgersEach = 3

/** ms after which nobody orders any more, and ms after which whoever still waits leaves. */
export const lastOrders = 10_000
export const patience = 20_000
