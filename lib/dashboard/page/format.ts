const counts = new Intl.NumberFormat('en')
const decimals = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
const clock = new Intl.DateTimeFormat('en', {
  hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23'
})

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export function formatCount (count: number): string {
  return counts.format(count)
}

export function formatSlots (slots: number): string {
  return slots === 1 ? '1 slot' : `${formatCount(slots)} slots`
}

/** Per second. */
export function formatRate (rate: number): string {
  return rate === 0 || rate >= 100 ? counts.format(Math.round(rate)) : decimals.format(rate)
}

/** `duration` in ms. */
export function formatDuration (duration: number): string {
  if (duration === 0) return '0 ms'
  if (duration < 0.995) return `${duration.toFixed(2)} ms`
  if (duration < 9.95) return `${duration.toFixed(1)} ms`
  if (duration < second - 0.5) return `${Math.round(duration)} ms`
  if (duration < minute - 50) return `${(duration / second).toFixed(1)} s`
  if (duration < hour) return inTwo(duration / second, 60, 'min', 's')
  if (duration < day) return inTwo(duration / minute, 60, 'h', 'min')
  return inTwo(duration / hour, 24, 'd', 'h')
}

/** `perLarge` of the small unit are one of the large unit. */
function inTwo (amount: number, perLarge: number, large: string, small: string): string {
  const smalls = Math.floor(amount)
  return `${Math.floor(smalls / perLarge)} ${large} ${smalls % perLarge} ${small}`
}

/** MB as those of option `recycle.heap`. */
export function formatBytes (bytes: number): string {
  return `${decimals.format(bytes / 1_048_576)} MB`
}

/** The time of day of a moment in ms since 1970. */
export function formatClock (at: number): string {
  return clock.format(at)
}
