/** The inspector's page, put together: frames go into the timeline, and what is shown is the scene at the chosen moment. */
import type { Frame, NewsFrame } from '../frame.ts'
import { limits } from '../../limits.ts'
import { ActorTree, firstActorOf, peerOf } from './actor-tree.ts'
import { letPanesStandAlone } from './alone.ts'
import { ChartPanel } from './chart-panel.ts'
import { Connection } from './connection.ts'
import { ContextView } from './context-view.ts'
import type { SeenMessage } from './conversation.ts'
import { byId, setText } from './element.ts'
import { LadderView } from './ladder-view.ts'
import { MessagePanel } from './message-panel.ts'
import { NewsView } from './news-view.ts'
import { Playing } from './playing.ts'
import { saveRecording } from './recording.ts'
import { seenIn, type Scene } from './scene.ts'
import { Timeline } from './timeline.ts'
import { Travel } from './travel.ts'

class Page {
  readonly #timeline = new Timeline()
  readonly #news: Extract<Frame, NewsFrame>[] = []
  readonly #tree: ActorTree
  readonly #chart = new ChartPanel()
  readonly #ladder = new LadderView(byId('ladder', HTMLElement))
  readonly #context = new ContextView(byId('context', HTMLElement))
  readonly #newsView = new NewsView(byId('news', HTMLElement))
  readonly #messages: MessagePanel
  readonly #playing: Playing
  readonly #travel: Travel
  readonly #status = byId('status', HTMLElement)
  #chosen: string | null = null
  #isConnected = false
  #isDue = false
  #firstSeq = 0

  constructor() {
    letPanesStandAlone()
    this.#tree = new ActorTree(byId('tree', HTMLElement), sessionId => this.#choose(sessionId))
    this.#messages = new MessagePanel(() => this.#due())
    this.#travel = new Travel(() => this.#due())
    const connection = new Connection(`ws://${location.host}/?role=viewer`, {
      received: frame => this.#receive(frame),
      changed: isConnected => {
        this.#isConnected = isConnected
        this.#due()
      },
    })
    this.#playing = new Playing(command => connection.send(command))
    byId('save', HTMLButtonElement).addEventListener('click', () => saveRecording(this.#timeline.frames))
  }

  #receive(frame: Frame): void {
    if (!this.#timeline.add(frame)) return
    if (frame.type === '@peerbook.message') this.#messages.add(frame)
    if (frame.type === '@peerbook.news') this.#news.push(frame)
    if (this.#firstSeq !== this.#timeline.firstSeq) this.#forget()
    this.#due()
  }

  /** The timeline has dropped its oldest frames, and so do all that keep frames beside it. */
  #forget(): void {
    const isFirst = this.#firstSeq === 0
    this.#firstSeq = this.#timeline.firstSeq
    if (isFirst) return
    const from = this.#news.findIndex(({ seq }) => seq >= this.#firstSeq)
    this.#news.splice(0, from < 0 ? this.#news.length : from)
    this.#messages.replace(
      this.#timeline.frames.filter((frame): frame is SeenMessage => frame.type === '@peerbook.message'),
    )
  }

  #choose(sessionId: string): void {
    this.#chosen = sessionId
    this.#due()
  }

  /** However many frames come, the page is drawn once for each picture of the screen. */
  #due(): void {
    if (this.#isDue) return
    this.#isDue = true
    requestAnimationFrame(() => {
      this.#isDue = false
      this.#draw()
    })
  }

  #draw(): void {
    const seq = this.#travel.seqIn(this.#timeline)
    const scene = this.#timeline.at(seq)
    this.#travel.show(this.#timeline, scene)
    this.#playing.show(this.#timeline.newest.playback)
    this.#drawActor(scene)
    this.#tree.show(scene, this.#chosen)
    this.#messages.show(seq)
    this.#newsView.show(this.#news.filter(line => line.seq <= seq).slice(-limits.inspectPageNewsMax))
    setText(this.#status, this.#statusOf(scene))
  }

  #drawActor(scene: Scene): void {
    this.#chosen ??= firstActorOf(scene)?.sessionId ?? null
    const actor = this.#chosen === null ? undefined : seenIn(scene, this.#chosen)
    if (!actor) return this.#drawNobody()
    this.#chart.show(actor)
    this.#context.show(actor)
    const peer = peerOf(scene, actor)
    const market = / book (\S+)$/.exec(actor.name)?.[1] ?? null
    this.#ladder.show(scene, peer.name, market)
  }

  /** Of before there was anybody, or before the chosen one was there. */
  #drawNobody(): void {
    const isWaiting = this.#chosen === null
    this.#chart.showNobody(
      isWaiting ? 'Nothing has happened yet: press Step or Resume.' : 'The chosen actor was not there at this moment.',
    )
    this.#context.showNobody()
    this.#ladder.showNobody()
  }

  #statusOf(scene: Scene): string {
    if (!this.#isConnected) return 'The inspector cannot be reached; trying again.'
    const { playback } = this.#timeline.newest
    const missing =
      this.#chosen !== null && !seenIn(scene, this.#chosen) ? ' The chosen actor was not there at this moment.' : ''
    const playing = playback?.isOver ? 'Over.' : playback?.isPaused ? 'Paused.' : 'Running.'
    return playing + (playback?.isRecording ? ' Being recorded.' : '') + missing
  }
}

new Page()
