/**
 * @typedef {{ thread: number, began: number, cookedFrom: number, ended: number }} Answer
 * @typedef {{ ordered: number, answered: number | undefined, answer: Answer | undefined }} Order
 * @typedef {{ asked: number, answered: number }} Question For the menu.
 */

/**
 * Sums a run up; all moments and times are ms.
 * @param {Order[]} orders
 * @param {Question[]} questions
 */
export function summarize (orders, questions) {
  const served = orders.filter(({ answer }) => answer !== undefined)
  const answers = served.map(({ answer }) => answer)
  const times = served.map(({ ordered, answered }) => answered - ordered)
  const first = Math.min(...orders.map(({ ordered }) => ordered))
  const took = Math.max(...orders.map(({ answered }) => answered)) - first
  const silences = questions.map(({ asked, answered }) => answered - asked)
  const longestSilence = longest(silences)
  const slowest = questions[silences.indexOf(longestSilence)]
  return {
    ordered: orders.length,
    served: served.length,
    took,
    perSecond: 1000 * served.length / took,
    wait: { p50: median(times), longest: longest(times) },
    /** For a cook, or for the oven. */
    queued: longest(served.map(({ ordered, answer }) => answer.began - ordered)),
    menu: {
      asked: questions.length,
      p50: median(silences),
      longest: longestSilence,
      /** Burgers that were cooked while the question that waited longest did. */
      cookedMeanwhile: answers.filter(({ cookedFrom, ended }) =>
        cookedFrom < ended && slowest?.asked <= ended && ended <= slowest.answered).length,
      /** Questions that came, and were answered, while one burger was cooked: none if that holds the loop. */
      duringCooking: questions.filter(({ asked, answered }) =>
        answers.some(({ cookedFrom, ended }) => cookedFrom <= asked && answered <= ended)).length
    },
    /** Ids of the threads that have prepared burgers; that of the main thread is 0. */
    threads: [...new Set(answers.map(({ thread }) => thread))].sort((one, other) => one - other),
    /** Burgers that were begun, and on grills, at the same time. */
    together: countTogether(answers.map(({ began, ended }) => [began, ended])),
    cookedTogether: countTogether(answers.map(({ cookedFrom, ended }) => [cookedFrom, ended])),
    cooked: {
      all: answers.reduce((sum, { cookedFrom, ended }) => sum + ended - cookedFrom, 0),
      p50: median(answers.map(({ cookedFrom, ended }) => ended - cookedFrom))
    }
  }
}

/** @param {number[]} times */
function longest (times) {
  return Math.max(0, ...times)
}

/** @param {number[]} times */
function median (times) {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
}

/**
 * The largest number of intervals at one moment, but for those without a length.
 * @param {[number, number][]} intervals
 */
function countTogether (intervals) {
  const begun = intervals.filter(([from, to]) => from < to)
  return longest(begun.map(([moment]) => begun.filter(([from, to]) => from <= moment && moment < to).length))
}
