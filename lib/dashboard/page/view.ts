import type { RegistrationInfo, RegistrationState, Sample } from '../protocol.js'
import type { History } from './history.js'
import type { RouteColors, RouteFills } from './route-colors.js'
import type { Theme } from './theme.js'

/** The data that the sections show. */
export interface Shown {
  history: History
  /** Index of the registration that is selected. */
  registration: number
  info: RegistrationInfo
  state: RegistrationState
  /** The time shown, by the server's clock. */
  from: number
  to: number
  /** Those of the time shown, oldest first. */
  samples: Sample[]
  colors: RouteColors
  fills: RouteFills
  theme: Theme
}

/** A part of the page. */
export interface View {
  update (shown: Shown): void
}

/** Outcomes and times of a route, or of all. */
export type Counts = RegistrationState['stats']['routes'][string]
