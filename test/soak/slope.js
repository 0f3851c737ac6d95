/**
 * The slope of a straight line through samples, by least squares, and how far chance alone would let it be from 0.
 * @param {number[]} values
 */
export function slopeOf (values) {
  const { length } = values
  const middle = (length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / length
  const spread = values.reduce((sum, _value, index) => sum + (index - middle) ** 2, 0)
  const slope = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0) / spread
  const rest = values.reduce((sum, value, index) => sum + (value - mean - slope * (index - middle)) ** 2, 0)
  return { slope, error: Math.sqrt(rest / (length - 2) / spread), mean }
}
