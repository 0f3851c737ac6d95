import { burgersEach } from './rules.js'
import { time } from './sentence.js'

/** The measured numbers of a run, with their labels. */
export const numbers = {
  served: 'Served',
  perSecond: 'Burgers per second',
  p50: 'Wait for a burger, p50',
  longest: 'Longest wait',
  menu: 'Menu not answered for up to',
  took: 'All took'
}

/** A result as texts, without those for which nothing was measured yet. */
export function readNumbers ({ served, perSecond, wait, menu, took }, { customers }) {
  return {
    served: `${served} of ${burgersEach * customers}`,
    ...(served > 0 && {
      perSecond: perSecond.toFixed(1),
      p50: time(wait.p50),
      longest: time(wait.longest),
      took: time(took)
    }),
    ...(menu.longest > 0 && { menu: time(menu.longest) })
  }
}
