import { promptly } from './progress.js'
import { burgersEach, lastOrders, patience } from './rules.js'

/** Cooking that takes this many times as long as set is told. */
const slow = 1.3

/** Tells in words how a run went, from its measured numbers alone. */
export function tellRun (settings, result, processors) {
  const tell = { waiting: tellWaiting, computing: tellComputing, threads: tellThreads }[settings.kitchen]
  const sentences = tell(settings, result, processors)
  const notOrdered = burgersEach * settings.customers - result.ordered
  if (notOrdered > 0) {
    const [number, were] = [count(notOrdered, 'burger'), notOrdered === 1 ? 'was' : 'were']
    sentences.push(`The kitchen closed after ${lastOrders / 1000} s: ${number} ${were} not ordered any more.`)
  }
  const missed = result.ordered - result.served
  if (missed > 0) {
    sentences.push(`${count(missed, 'burger')} never came: customers leave after ${patience / 1000} s.`)
  }
  return sentences.join(' ')
}

function tellWaiting (_settings, { served, took, together, menu }) {
  const inOven = `${count(together, 'burger')} ${together === 1 ? 'was' : 'were'} in the oven at once`
  return [
    `${inOven}, and all ${served} were out after ${time(took)}: a loop that waits has its hands free.`,
    tellMenu(menu)
  ]
}

function tellComputing ({ cooking }, { ordered, served, cooked, menu, took }) {
  if (cooking === 0) {
    return ['There was nothing to cook, so the loop only waited, as in the first kitchen.', tellMenu(menu)]
  }
  const sentences = [`The loop cooked for ${time(cooked.all)} of ${time(took)}, one burger at a time.`]
  if (menu.longest <= promptly) {
    sentences.push(`It never cooked for long at a stretch: the menu came within ${time(menu.longest)}.`)
  } else {
    sentences.push(
      `Meanwhile it did nothing else: whoever asked for the menu stood there for ${time(menu.longest)}.`)
    // Burgers that were cooked after their customers had left are not counted.
    if (menu.cookedMeanwhile > 1 && served === ordered) {
      sentences.push(
        `In that time it cooked ${menu.cookedMeanwhile} burgers: a loop first cooks all that are ready, ` +
          'one after the other, and only then looks who has come.')
    }
  }
  if (isSlow(cooking, cooked)) sentences.push(`${tellSlow(cooking, cooked)}: the machine had other work too.`)
  return sentences
}

function tellThreads ({ cooks, waiting, cooking }, result, processors) {
  const { cooked, cookedTogether, queued, menu, threads } = result
  const all = count(threads.length, 'cook')
  const sentences = []
  if (cooking === 0) {
    sentences.push(`${all} had nothing to cook, and waited with a burger each.`, tellMenu(menu))
  } else {
    const atOnce = cookedTogether > 1 ? `up to ${cookedTogether} burgers at once` : 'one burger at a time'
    sentences.push(
      `${all} cooked ${atOnce}, and the cashier cooked none.`, tellMenu(menu),
      `${menu.duringCooking} of ${count(menu.asked, 'question')} for it came, and were answered, ` +
        'while a burger was on a grill.')
  }
  if (waiting > cooking && queued > promptly) {
    sentences.push(
      `But a cook who waits is a thread that waits: burgers stood in line for up to ${time(queued)} for one.`,
      'Waiting is for the loop.')
  }
  if (isSlow(cooking, cooked)) {
    const reason = Math.min(cooks, threads.length) > processors
      ? `more cooks than processors (${processors}) take turns`
      : 'the machine had other work too'
    sentences.push(
      `${tellSlow(cooking, cooked)}: ${reason}.`,
      'That takes from the gain in burgers per second. The point of threads is the menu: it need not wait.')
  }
  return sentences
}

function isSlow (cooking, { p50 }) {
  return cooking > 0 && p50 > slow * cooking
}

function tellSlow (cooking, { p50 }) {
  return `${time(cooking)} of cooking took ${time(p50)}`
}

function tellMenu ({ longest }) {
  return longest > promptly
    ? `Once somebody waited ${time(longest)} for the menu.`
    : `Whoever asked for the menu had it within ${time(longest)}.`
}

export function count (number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** @param {number} milliseconds */
export function time (milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`
}
