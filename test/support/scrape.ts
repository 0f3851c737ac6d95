import parse from 'parse-prometheus-text-format'

export interface Sample {
  value: number
  labels: Record<string, string>
}

/** What a scrape gives: types and help texts by name of the metric, samples by the names that they have. */
export interface Scraped {
  types: Record<string, string>
  helps: Record<string, string>
  samples: Record<string, Sample[]>
}

export async function scrape (url: string): Promise<Scraped> {
  const response = await fetch(url)
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${response.status} ${text}`)
  return read(text)
}

export function read (text: string): Scraped {
  const families = parse(text)
  const samples: Scraped['samples'] = {}
  // The parser puts all histograms of a name into one, whatever their labels are: unless it does not know that they are any.
  for (const { name, metrics } of parse(text.replaceAll(/^# (TYPE|HELP) \S+_duration_seconds .*\n/gm, ''))) {
    const known = samples[name] ??= []
    for (const { value, labels = {} } of metrics) known.push({ value: Number(value), labels })
  }
  return {
    types: Object.fromEntries(families.map(({ name, type }) => [name, type])),
    helps: Object.fromEntries(families.map(({ name, help }) => [name, help])),
    samples
  }
}

/** Value of the only sample of a name with these labels. */
export function valueOf ({ samples }: Scraped, name: string, labels: Record<string, string>): number | undefined {
  const found = (samples[name] ?? []).filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
  if (found.length > 1) throw new Error(`there are ${found.length} of ${name} with ${JSON.stringify(labels)}`)
  return found[0]?.value
}

/** The counts of requests of a registration: outcomes by route. */
export function outcomesOf ({ samples }: Scraped, registration: string): Record<string, Record<string, number>> {
  const outcomes: Record<string, Record<string, number>> = {}
  for (const { labels, value } of samples['fastify_blocking_requests_total'] ?? []) {
    if (labels['registration'] !== registration) continue
    const ofRoute = outcomes[labels['route']!] ??= {}
    ofRoute[labels['outcome']!] = value
  }
  return outcomes
}
