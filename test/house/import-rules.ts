/**
 * Imports go down only: cli > {scenario, gateway, inspect} > sim > peer > {machines, net, store} > feed > book > limits.
 * The library, src/index.ts, stands beside sim: scenarios and commands are its users. Gives the imports of a tree that do not, and those of packages that their room may not use.
 */
import { builtinModules } from 'node:module'
import { importsOf, targetOf } from './imports.ts'
import type { Import } from './imports.ts'
import { parseTree, roomOf } from './source-tree.ts'
import type { ParsedFile, Violation } from './source-tree.ts'

/** From the bottom up. Rooms of one layer do not import each other. */
const layers: readonly (readonly string[])[] = [
  ['limits', 'clock'],
  ['book'],
  ['feed'],
  ['machines', 'net', 'store'],
  ['peer'],
  ['sim', 'index'],
  ['scenario', 'gateway', 'inspect'],
  ['cli'],
]

/** Rooms that do no I/O: node:crypto is arithmetic to them. */
const roomsWithoutNode = new Set(['limits', 'clock', 'book', 'feed', 'machines', 'peer', 'sim'])
/** Runs in a browser. */
const pageFolder = 'src/inspect/web/'
const servedFolders = [pageFolder, 'machines/']
const roomsWithoutPackages = new Set(['limits', 'clock', 'book', 'feed'])

export function importViolations(root: string): Violation[] {
  return parseTree(root).flatMap(file => [...strangeRoom(file), ...importsOf(file).flatMap(one => judge(file, one))])
}

function strangeRoom(file: ParsedFile): Violation[] {
  if (layerOf(roomOf(file.path)) >= 0) return []
  return [{ file: file.path, line: 1, sentence: `${roomOf(file.path)} is not a room of the house` }]
}

function judge(file: ParsedFile, one: Import): Violation[] {
  const sentence = refusalOf(file, one)
  return sentence === null ? [] : [{ file: file.path, line: one.line, sentence }]
}

function refusalOf(file: ParsedFile, one: Import): string | null {
  return houseRefusal(file, one) ?? pageRefusal(file, one)
}

function houseRefusal(file: ParsedFile, { specifier, isTypeOnly }: Import): string | null {
  if (specifier === null) return `${roomOf(file.path)} imports what is computed, which nobody can check`
  if (roomOf(file.path) === 'machines') return machineRefusal(specifier, isTypeOnly)
  const target = targetOf(file, specifier)
  return target === null ? packageRefusal(roomOf(file.path), specifier) : fileRefusal(file.path, target)
}

/** What a browser loads has only itself, the limits, the machines with XState, and types. */
function pageRefusal(file: ParsedFile, { specifier, isTypeOnly }: Import): string | null {
  if (!file.path.startsWith(pageFolder) || isTypeOnly || specifier === null) return null
  const target = targetOf(file, specifier) ?? specifier
  const isServed = ['xstate', 'src/limits.ts'].includes(target) || servedFolders.some(one => target.startsWith(one))
  return isServed ? null : 'the page imports values only from its own folder, machines, limits and xstate'
}

function machineRefusal(specifier: string, isTypeOnly: boolean): string | null {
  return isTypeOnly || specifier === 'xstate' ? null : 'a machine imports values only from xstate'
}

function fileRefusal(from: string, to: string): string | null {
  const [above, below] = [roomOf(from), roomOf(to)]
  if (above === below) return null
  if (layerOf(below) < 0) return `${above} imports ${to}, which is in no room`
  return layerOf(below) < layerOf(above) ? null : `${above} imports ${below}, but imports go down only`
}

function packageRefusal(room: string, specifier: string): string | null {
  if (isOfNode(specifier)) return nodeRefusal(room, specifier)
  if (specifier.startsWith('grenache-') && room !== 'net') return `${room} imports Grenache, which only net may`
  return roomsWithoutPackages.has(room) ? `${room} imports a package, but may use none` : null
}

function nodeRefusal(room: string, specifier: string): string | null {
  if (!roomsWithoutNode.has(room) || specifier === 'node:crypto') return null
  return `${room} imports ${specifier}, but does no I/O`
}

function isOfNode(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier)
}

function layerOf(room: string): number {
  return layers.findIndex(layer => layer.includes(room))
}
