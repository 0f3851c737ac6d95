// The three of piscina.js that block.
export const four = (one) => one + 3
export const five = (four) => four + 1
export const six = ({ third, fifth }) => third + fifth
