/** Hello: who one is, where, and the answer to a challenge. One's own hello proves the other side; its hello to us proves us. */
import { defer, map, tap, type Observable } from 'rxjs'
import { signBody, type Domain, type Signed } from '../feed/signer.ts'
import { openSigned, refusal } from '../net/codec.ts'
import type { Hello, MarketState } from '../net/messages.ts'
import type { Address } from '../net/transport.ts'
import { helloForm } from '../net/usual-form.ts'
import { assertNotSuperseded, takeOwnWords } from './supersede.ts'
import { call, isStarting, refuseBanned, type World } from './world.ts'

const nonceBytes = 16

/** What this peer says of its markets; one that decides nothing at the moment is left out. */
export function marketStates(world: World): MarketState[] {
  // What it says is signed next: a market that has halted must not look like one that is only closed.
  assertNotSuperseded(world)
  return [...world.committed.values()].map(book => book.marketState())
}

/** Challenges whoever is at the address. Emits what it says of itself. Fails with TransportError or RefusedError. */
export function greet(world: World, address: Address): Observable<Hello> {
  return defer(() => {
    const nonce = Buffer.from(world.randomBytes(nonceBytes)).toString('base64url')
    return call(world, address, { type: 'hello', hello: signHello(world, nonce, null) }).pipe(
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
export function answerHello(world: World, signed: Signed): Signed {
  const hello = openHello(world, signed)
  takeOwnWords(world, hello.from, hello.markets)
  // Who has challenged us must not be forgotten, and as long as books recover nobody is kept as a neighbour: it asks again.
  if (isStarting(world)) throw refusal('market_not_open', 'this peer is still starting')
  // Who is kept out may have moved: where it is now is of interest to our withdraws.
  const isWhereItWas = world.sightings.of(hello.from)?.address === hello.address
  if (!isWhereItWas || !world.bans.of(hello.from))
    world.actor().send({ type: 'hello.heard', address: hello.address, peerId: hello.from })
  refuseBanned(world, hello.from)
  return signHello(world, hello.nonce, hello.nonce)
}

function signHello(world: World, nonce: string, echo: string | null): Signed {
  const hello: Hello = {
    version: world.protocolVersion,
    from: world.signer.peerId,
    name: world.name,
    address: world.transport.address,
    nonce,
    echo,
    stamp: world.hybridClock.next(),
    markets: marketStates(world),
  }
  return signBody(world.signer, helloDomain(world), JSON.stringify(hello))
}

function openHello(world: World, signed: Signed): Hello {
  const hello = openSigned(world.verifier, helloDomain(world), helloForm, signed, 'from')
  if (hello.version !== world.protocolVersion)
    throw refusal('protocol_version_differs', `the other side speaks version ${hello.version}`)
  if (!world.verifier.isPeerId(hello.from)) throw refusal('signature_wrong', 'the hello names no usable public key')
  return hello
}

function helloDomain({ networkId }: World): Domain {
  return { networkId, kind: 'hello', scope: '-' }
}
