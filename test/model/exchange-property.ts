/** Plays a story and holds it against the model. */
import { isRefusal } from '../../src/book/refusal.ts'
import { parseScenario } from '../../src/scenario/parse-scenario.ts'
import { playScenario, type PlayedStep } from '../../src/scenario/play-scenario.ts'
import { SimulatedStage } from '../../src/scenario/simulated-stage.ts'
import { ExchangeModel, type OpenOrder } from './exchange-model.ts'

/** Longer than any backoff. */
const settleMsMax = 60_000
const levelPattern = /^(ask|bid)\s+(\d+)\s+\d+\s+(.*)$/

/** What is wrong with the story's end, in sentences. */
export async function storyFaults(text: string, seed: number): Promise<readonly string[]> {
  const scenario = parseScenario(text, 'story.txt')
  if (isRefusal(scenario)) throw new Error(scenario.sentence)
  const stage = new SimulatedStage(seed)
  const model = new ExchangeModel()
  for (const { commands } of scenario.steps)
    for (const command of commands) if (command.type === 'order') model.placed(command.order, command.terms)
  stage.history.listen(happened => model.hear(happened))
  const books: OpenOrder[][] = []
  const read = ({ step, answer }: PlayedStep): void => {
    if (step.commands.some(({ type }) => type === 'book')) books.push(openIn(answer))
  }
  const { failure } = await playScenario(scenario, stage, { settleMsMax, played: read })
  if (failure) return [failure.sentence]
  const wanted = wordsOf(model.openOrders())
  const wrong = books.flatMap((book, index) => (wordsOf(book) === wanted ? [] : [wrongBook(index, book, wanted)]))
  return [...model.finish(), ...wrong]
}

function wrongBook(index: number, book: readonly OpenOrder[], wanted: string): string {
  return `book ${index + 1} of 3 shows ${wordsOf(book) || 'nothing'}, and must show ${wanted || 'nothing'}`
}

/** The open orders in a ladder: `ask 101 3 alice/1 3, bob/4 2 stale`. */
function openIn(ladder: readonly string[]): OpenOrder[] {
  return ladder.flatMap(row => {
    const [, side, price, orders = ''] = levelPattern.exec(row) ?? []
    return orders
      .split(', ')
      .filter(text => text !== '')
      .map(text => {
        const [name = '', lots] = text.split(' ')
        return { name, side: side === 'ask' ? 'sell' : 'buy', price: Number(price), remaining: Number(lots) }
      })
  })
}

function wordsOf(orders: readonly OpenOrder[]): string {
  const words = orders.map(({ name, side, price, remaining }) => `${name} ${side} ${remaining} @ ${price}`)
  return words.sort().join(', ')
}
