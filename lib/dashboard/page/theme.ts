/** Colours for what is drawn, as theme.css has them. */
export interface Theme {
  text: string
  muted: string
  line: string
  surface: string
  lane: string
  accent: string
  warning: string
  bad: string
  routes: string[]
}

const dark = matchMedia('(prefers-color-scheme: dark)')

export function readTheme (): Theme {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    text: read('text'),
    muted: read('muted'),
    line: read('line'),
    surface: read('surface'),
    lane: read('lane'),
    accent: read('accent'),
    warning: read('warning'),
    bad: read('bad'),
    routes: Array.from({ length: 7 }, (_, index) => read(`route-${index}`))
  }
}

export function onThemeChange (listener: () => void): void {
  dark.addEventListener('change', listener)
}
