/** Hello: who one is, where, and the answer to a challenge. One's own hello proves the other side; its hello to us proves us. */
import { catchError, defer, forkJoin, map, mergeMap, of, tap, type Observable } from 'rxjs'
import type { MarketId } from '../book/market.ts'
import { signBody, type Domain, type Signed } from '../feed/signer.ts'
import { openSigned, refusal, RefusedError } from '../net/codec.ts'
import { helloSchema, type Hello, type MarketState } from '../net/messages.ts'
import type { Address } from '../net/transport.ts'
import { assertNotSuperseded, takeOwnWords } from './supersede.ts'
import { askBook, call, expectReply, refuseBanned, type World } from './world.ts'

const nonceBytes = 16

/** What this peer says of its markets, behind everything decided before. One that decides nothing at the moment is left out. */
export function marketStates(world: World): Observable<MarketState[]> {
  const states = [...world.books.keys()].map(market => marketState(world, market))
  const known$ = states.length === 0 ? of([]) : forkJoin(states).pipe(map(known => known.flat()))
  // What it says is signed next: a market that has halted meanwhile must not look like one that is only closed.
  return known$.pipe(tap(() => assertNotSuperseded(world)))
}

function marketState(world: World, market: MarketId): Observable<MarketState[]> {
  return askBook(world, world.requests, market, { type: 'market.state' }).pipe(
    map(reply => [expectReply('state', reply).state]),
    catchError(error => {
      if (error instanceof RefusedError && error.reason === 'market_not_open') return of([])
      throw error
    }),
  )
}

/** Challenges whoever is at the address. Emits what it says of itself. Fails with TransportError or RefusedError. */
export function greet(world: World, address: Address): Observable<Hello> {
  return defer(() => {
    const nonce = Buffer.from(world.randomBytes(nonceBytes)).toString('base64url')
    return signHello(world, nonce, null).pipe(
      mergeMap(hello => call(world, address, { type: 'hello', hello })),
      map(reply => openHello(world, reply.hello)),
      tap(hello => {
        takeOwnWords(world, hello.from, hello.markets)
        if (hello.echo !== nonce) throw refusal('signature_wrong', 'the hello does not answer the challenge')
        world.sightings.greeted(hello, address, world.hybridClock.aheadMs(hello.stamp))
      }),
    )
  })
}

/** Answers a challenge. The asker has proved nothing yet: its address is only a rumour, and will be greeted in turn. */
export function answerHello(world: World, signed: Signed): Observable<Signed> {
  const hello = openHello(world, signed)
  takeOwnWords(world, hello.from, hello.markets)
  // Who is kept out may have moved: where it is now is of interest to our withdraws.
  const isWhereItWas = world.sightings.of(hello.from)?.address === hello.address
  if (!isWhereItWas || !world.bans.of(hello.from))
    world.actor().send({ type: 'hello.heard', address: hello.address, peerId: hello.from })
  refuseBanned(world, hello.from)
  return signHello(world, hello.nonce, hello.nonce)
}

function signHello(world: World, nonce: string, echo: string | null): Observable<Signed> {
  return marketStates(world).pipe(
    map(markets => {
      const hello: Hello = {
        version: world.protocolVersion,
        from: world.signer.peerId,
        name: world.name,
        address: world.transport.address,
        nonce,
        echo,
        stamp: world.hybridClock.next(),
        markets,
      }
      return signBody(world.signer, helloDomain(world), JSON.stringify(hello))
    }),
  )
}

function openHello(world: World, signed: Signed): Hello {
  const hello = openSigned(world.verifier, helloDomain(world), helloSchema, signed, 'from')
  if (hello.version !== world.protocolVersion)
    throw refusal('protocol_version_differs', `the other side speaks version ${hello.version}`)
  if (!world.verifier.isPeerId(hello.from)) throw refusal('signature_wrong', 'the hello names no usable public key')
  return hello
}

function helloDomain({ networkId }: World): Domain {
  return { networkId, kind: 'hello', scope: '-' }
}
