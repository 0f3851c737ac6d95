import { element } from './elements.js'
import type { Theme } from './theme.js'

/** Colours in theme.css, chosen so that they differ also for people who do not see all colours. */
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
    const draw = texture === 1 ? drawStripes : drawDots
    const fill = this.#fills.get(key) ?? makePattern(context, draw, plain, this.#theme.surface)
    this.#fills.set(key, fill)
    return fill
  }

  /** Red stripes, for what was lost. */
  getLost (context: CanvasRenderingContext2D): string | CanvasPattern {
    const fill = this.#fills.get('lost') ??
      makePattern(context, drawStripes, this.#theme.bad, this.#theme.surface)
    this.#fills.set('lost', fill)
    return fill
  }
}

/** Pixels of a tile's side. */
const tileSize = 6

function drawStripes (tile: OffscreenCanvasRenderingContext2D): void {
  tile.lineWidth = 1.6
  tile.beginPath()
  // The corners too, so that the tiles join.
  for (const shift of [-tileSize, 0, tileSize]) {
    tile.moveTo(shift - 1, tileSize + 1)
    tile.lineTo(shift + tileSize + 1, -1)
  }
  tile.stroke()
}

function drawDots (tile: OffscreenCanvasRenderingContext2D): void {
  tile.fillRect(1, 1, 2.4, 2.4)
}

/** `draw` adds what is of the colour `between`. */
function makePattern (
  context: CanvasRenderingContext2D, draw: (tile: OffscreenCanvasRenderingContext2D) => void,
  color: string, between: string
): CanvasPattern | string {
  const side = Math.round(tileSize * devicePixelRatio)
  const canvas = new OffscreenCanvas(side, side)
  const tile = canvas.getContext('2d')
  if (tile === null) return color
  tile.scale(side / tileSize, side / tileSize)
  tile.fillStyle = color
  tile.fillRect(0, 0, tileSize, tileSize)
  tile.fillStyle = tile.strokeStyle = between
  draw(tile)
  const pattern = context.createPattern(canvas, 'repeat')
  pattern?.setTransform(new DOMMatrix().scale(tileSize / side))
  return pattern ?? color
}
