/** `npm run bench -- NAME`: runs one benchmark; each prints its conditions. `--json` is passed on. */

const benches: Readonly<Record<string, { readonly what: string; readonly run: () => Promise<unknown> }>> = {
  book: { what: 'the order book beside a naive one', run: () => import('./book.ts') },
  peer: { what: 'orders a second through one peer', run: () => import('./peer.ts') },
  network: { what: 'orders a second replicated to four peers', run: () => import('./network.ts') },
  'trade-latency': { what: 'a trade between two peers beside a bare request', run: () => import('./trade-latency.ts') },
  'late-joiner': { what: 'a newcomer among 10,000 open orders', run: () => import('./late-joiner.ts') },
  inspect: { what: 'what inspecting costs an event', run: () => import('./inspect.ts') },
}

const [name = ''] = process.argv.slice(2)
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (bench) await bench.run()
else {
  const list = Object.entries(benches).map(([known, { what }]) => `  ${known.padEnd(14)} ${what}`)
  process.stderr.write(`Which benchmark? npm run bench -- NAME, one of\n${list.join('\n')}\n`)
  process.exitCode = 2
}

export {}
