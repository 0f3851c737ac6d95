/**
 * @param {string} name
 * @param {Record<string, string | number>} [attributes]
 * @param {...(Node | string)} children
 */
export function draw (name, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  element.append(...children)
  return element
}

/** At a point; what moves within it is moved by CSS. */
export function place (x, y, ...children) {
  return draw('g', { transform: `translate(${x} ${y})` }, ...children)
}
