import { time } from './sentence.js'

/** What is measured of a run, with its label. */
export const numbers = {
  served: 'Served',
  perSecond: 'Burgers per second',
  p50: 'Wait for a burger, p50',
  longest: 'Longest wait',
  menu: 'Menu not answered for up to',
  took: 'All took'
}

/** A result as texts; what there is no number of yet is left out. */
export function readNumbers ({ ordered, served, perSecond, wait, menu, took }) {
  return {
    served: `${served} of ${ordered}`,
    ...(served > 0 && {
      perSecond: perSecond.toFixed(1),
      p50: time(wait.p50),
      longest: time(wait.longest),
      took: time(took)
    }),
    ...(menu.longest > 0 && { menu: time(menu.longest) })
  }
}
