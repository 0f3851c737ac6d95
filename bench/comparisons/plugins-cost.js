import { slices } from './figures.js'

/** A blocking handler that does nothing, with a part of the plugin against without it. */
const partOnNoop = { rival: 'ours', ...slices, path: '/noop', requests: 2_000, comparesBuilds: false }

/** Routes that the plugin or one of its options should not make slower. */
export const pluginsCost = [
  {
    name: 'loop',
    title: 'a route that is not blocking, with the plugin against without it',
    ours: 'ours',
    rival: 'plain',
    ...slices,
    atLeast: 0.99
  },
  {
    name: 'loop-control',
    title: 'the same, without the plugin on both sides: how far from 1 is noise',
    ours: 'plain',
    rival: 'plain',
    ...slices,
    comparesBuilds: false
  },
  {
    name: 'advice',
    title: 'a route on the loop, with advice against without',
    ours: 'advice',
    rival: 'ours',
    ...slices,
    atLeast: 0.98,
    comparesBuilds: false
  },
  {
    name: 'advice-noop',
    title: 'a blocking handler that does nothing, with advice against without',
    ours: 'advice',
    ...partOnNoop,
    atLeast: 0.98
  },
  {
    name: 'metrics',
    title: 'a blocking handler that does nothing, with metrics for Prometheus against without',
    ours: 'metrics',
    ...partOnNoop,
    atLeast: 0.98
  },
  {
    name: 'metrics-otel',
    title: 'the same, with metrics for OpenTelemetry and its SDK against without',
    ours: 'metrics-otel',
    ...partOnNoop
  },
  {
    name: 'dashboard',
    title: 'a blocking handler that does nothing, with a dashboard that ten browsers have open against without',
    ours: 'dashboard',
    ...partOnNoop,
    atLeast: 0.99
  }
]
