import { element } from './elements.js'
import type { Theme } from './theme.js'

/** Colours in page.css, chosen so that they differ also for people who do not see all colours. */
const colors = 7

/** Plain, striped, dotted: with those there are three times as many looks. */
const textures = 3

export interface RouteLook { color: number, texture: number }

/** Gives each route a look that it keeps, in the order in which routes are first seen. */
export class RouteColors {
  readonly #looks = new Map<string, RouteLook>()

  get (label: string): RouteLook {
    let look = this.#looks.get(label)
    if (look === undefined) {
      const index = this.#looks.size
      look = { color: index % colors, texture: Math.floor(index / colors) % textures }
      this.#looks.set(label, look)
    }
    return look
  }

  makeSwatch (label: string): HTMLElement {
    const { color, texture } = this.get(label)
    return element('span', { class: 'swatch', 'data-color': String(color), 'data-texture': String(texture) })
  }

  /** Returns the dashes of a line, which stand for the texture. */
  findDash (label: string): number[] {
    return [[], [8, 3], [2, 3]][this.get(label).texture]!
  }
}

/** Makes the fills of the looks of one theme. */
export class RouteFills {
  readonly #theme: Theme
  readonly #fills = new Map<string, string | CanvasPattern>()

  constructor (theme: Theme) {
    this.#theme = theme
  }

  get (context: CanvasRenderingContext2D, { color, texture }: RouteLook): string | CanvasPattern {
    const plain = this.#theme.routes[color]!
    if (texture === 0) return plain
    const key = `${color} ${texture}`
    const fill = this.#fills.get(key) ??
      (texture === 1 ? makeStripes(context, plain, this.#theme.surface) : makeDots(context, plain, this.#theme.surface))
    this.#fills.set(key, fill)
    return fill
  }

  /** Red stripes, for what was lost. */
  getLost (context: CanvasRenderingContext2D): string | CanvasPattern {
    const fill = this.#fills.get('lost') ?? makeStripes(context, this.#theme.bad, this.#theme.surface)
    this.#fills.set('lost', fill)
    return fill
  }
}

function makeStripes (context: CanvasRenderingContext2D, color: string, between: string): CanvasPattern | string {
  return makePattern(context, 6, (tile) => {
    tile.fillStyle = color
    tile.fillRect(0, 0, 6, 6)
    tile.strokeStyle = between
    tile.lineWidth = 1.6
    tile.beginPath()
    // The corners too, so that the tiles join.
    for (const shift of [-6, 0, 6]) {
      tile.moveTo(shift - 1, 7)
      tile.lineTo(shift + 7, -1)
    }
    tile.stroke()
  }) ?? color
}

function makeDots (context: CanvasRenderingContext2D, color: string, between: string): CanvasPattern | string {
  return makePattern(context, 5, (tile) => {
    tile.fillStyle = color
    tile.fillRect(0, 0, 5, 5)
    tile.fillStyle = between
    tile.fillRect(1, 1, 2, 2)
  }) ?? color
}

function makePattern (
  context: CanvasRenderingContext2D, size: number, draw: (tile: OffscreenCanvasRenderingContext2D) => void
): CanvasPattern | null {
  const scale = devicePixelRatio
  const tile = new OffscreenCanvas(Math.round(size * scale), Math.round(size * scale))
  const tileContext = tile.getContext('2d')
  if (tileContext === null) return null
  tileContext.scale(tile.width / size, tile.height / size)
  draw(tileContext)
  const pattern = context.createPattern(tile, 'repeat')
  pattern?.setTransform(new DOMMatrix().scale(size / tile.width))
  return pattern
}
