type Attributes = Record<string, string | undefined>

/** Makes an element. Attributes that are undefined are left out. */
export function element<Name extends keyof HTMLElementTagNameMap> (
  name: Name, attributes: Attributes = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, value)
  }
  made.append(...children)
  return made
}

/** Returns the parts of the name of a route, which may be broken between them. */
export function makeBreakable (route: string): (Node | string)[] {
  const parts = route.split(/(?<=[^ ])(?=\/)/)
  return parts.flatMap((part, index) => index === 0 ? [part] : [element('wbr'), part])
}

/** Finds what index.html has. */
export function find<Found extends Element> (
  selector: string, type: new () => Found, within: ParentNode = document
): Found {
  const found = within.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`)
  return found
}

/** Changes the text in place, so that what is selected stays selected. */
export function setText (target: Element, text: string): void {
  const [first] = target.childNodes
  if (!(first instanceof Text)) target.textContent = text
  else if (first.data !== text) first.data = text
}

/** Sets an attribute, or removes it if the value is undefined, where that changes something. */
export function setAttribute (target: Element, name: string, value: string | undefined): void {
  if (value === undefined) target.removeAttribute(name)
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value)
}
