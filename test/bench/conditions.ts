/** Under what conditions figures came about. */
import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

export interface Conditions {
  readonly node: string
  readonly processor: string
  readonly cores: number
  /** Of the last minute, when the benchmark began. */
  readonly load: string
  readonly nodejsOrderBook: string
}

export function conditions(): Conditions {
  const processors = cpus()
  return {
    node: process.version,
    processor: processors[0]?.model.trim() ?? 'unknown processor',
    cores: processors.length,
    load: (loadavg()[0] ?? 0).toFixed(1),
    nodejsOrderBook: versionOf('nodejs-order-book'),
  }
}

function versionOf(name: string): string {
  const text = readFileSync(`${import.meta.dirname}/../../node_modules/${name}/package.json`, 'utf8')
  return String((JSON.parse(text) as { version: unknown }).version)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value that so much (0 to 1) of all values are below. */
export function quantile(values: readonly number[] | Float64Array, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
