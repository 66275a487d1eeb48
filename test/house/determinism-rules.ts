/**
 * In book, feed, machines, peer and sim, time and chance arrive as arguments. Gives every place of a tree where one of
 * them takes time or chance from the machine it runs on. A call on a clock that came in, `clock.setTimeout(…)`, is fine.
 */
import ts from 'typescript'
import { lineOf, parseTree, roomOf, walk } from './source-tree.ts'
import type { ParsedFile, Violation } from './source-tree.ts'

const timelessRooms = new Set(['book', 'feed', 'machines', 'peer', 'sim'])

/** Globals that no timeless room may name, whatever it does with them. */
const forbiddenGlobals = new Set([
  ...['Date', 'performance', 'process', 'crypto', 'globalThis', 'global', 'fetch', 'require'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask'],
])

/** What node:crypto draws from the machine. A room that imports from it does so by name, so that this list can be held against it. */
const chanceOfCrypto = new Set([
  ...['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync', 'getRandomValues', 'webcrypto'],
  ...['generateKey', 'generateKeySync', 'generateKeyPair', 'generateKeyPairSync', 'generatePrime', 'generatePrimeSync'],
])

/** RxJS runs these on real time unless it is given a scheduler. */
const timedOperators = new Set([
  ...['timer', 'interval', 'delay', 'timeout', 'timeInterval', 'timestamp', 'debounceTime', 'throttleTime'],
  ...['auditTime', 'sampleTime', 'bufferTime', 'windowTime'],
])
const realSchedulers = new Set(['asyncScheduler', 'asapScheduler', 'animationFrameScheduler', 'async', 'asap'])

/** Makers of UUIDs that cannot be told the time and the chance to use. */
const selfWilledUuids = new Set(['v1', 'v4', 'v6'])

export function determinismViolations(root: string): Violation[] {
  const files = parseTree(root).filter(file => timelessRooms.has(roomOf(file.path)))
  const isGlobal = globalsIn(files)
  return files.flatMap(file => violationsIn(file, isGlobal))
}

function violationsIn(file: ParsedFile, isGlobal: (name: ts.Identifier) => boolean): Violation[] {
  const found: Violation[] = []
  walk(file.source, node => {
    const sentence = refusalOf(node, isGlobal)
    if (sentence !== null) found.push({ file: file.path, line: lineOf(file.source, node), sentence })
  })
  return found
}

function refusalOf(node: ts.Node, isGlobal: (name: ts.Identifier) => boolean): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return cryptoRefusal(node)
  if (ts.isImportSpecifier(node) || ts.isExportSpecifier(node)) return nameRefusal(node)
  if (ts.isCallExpression(node)) return callRefusal(node)
  if (!ts.isIdentifier(node)) return null
  if (!isValueReference(node) || !isGlobal(node)) return null
  if (forbiddenGlobals.has(node.text)) return `${node.text} is a global of the machine: take it as an argument`
  if (node.text === 'Math' && !isHarmlessMath(node))
    return 'Math.random takes chance from the machine: take it as an argument'
  return null
}

function cryptoRefusal(node: ts.ImportDeclaration | ts.ExportDeclaration): string | null {
  if (!isCrypto(originOf(node))) return null
  const names = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause
  const isByName = names !== undefined && (ts.isNamedImports(names) || ts.isNamedExports(names))
  const hasDefault = ts.isImportDeclaration(node) && node.importClause?.name !== undefined
  return isByName && !hasDefault
    ? null
    : 'node:crypto is imported by name, so that what it draws from the machine can be seen'
}

function nameRefusal(node: ts.ImportSpecifier | ts.ExportSpecifier): string | null {
  const name = (node.propertyName ?? node.name).text
  const origin = originOf(ts.isImportSpecifier(node) ? node.parent.parent.parent : node.parent.parent)
  if (isCrypto(origin) && chanceOfCrypto.has(name))
    return `${name} takes chance from the machine: take it as an argument`
  if (origin === 'uuid' && selfWilledUuids.has(name))
    return `uuid's ${name} cannot be told the time and the chance to use`
  if (origin === 'rxjs' && realSchedulers.has(name)) return `${name} runs on real time: take a scheduler as an argument`
  return null
}

function isCrypto(origin: string | null): boolean {
  return origin === 'node:crypto' || origin === 'crypto'
}

function originOf(node: ts.Node): string | null {
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return null
  const { moduleSpecifier } = node
  return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : null
}

function callRefusal(node: ts.CallExpression): string | null {
  if (!ts.isIdentifier(node.expression)) return null
  const { text: local } = node.expression
  const imported = importedName(node.getSourceFile(), local)
  if (imported === null) return null
  if (imported.origin === 'rxjs' && timedOperators.has(imported.name) && !mentionsScheduler(node)) {
    return `${imported.name} runs on real time unless it is given a scheduler`
  }
  if (imported.origin === 'uuid' && imported.name === 'v7' && node.arguments.length === 0) {
    return 'v7 takes time and chance from the machine unless it is given both'
  }
  return null
}

/** A judgement by the word: what is called a scheduler here has come in by argument, since no real one can be imported. */
function mentionsScheduler(node: ts.CallExpression): boolean {
  return node.arguments.some(argument => /scheduler/i.test(argument.getText()))
}

function importedName(source: ts.SourceFile, local: string): { origin: string; name: string } | null {
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement)) continue
    const bindings = statement.importClause?.namedBindings
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue
    const one = bindings.elements.find(element => element.name.text === local)
    const origin = originOf(statement)
    if (one !== undefined && origin !== null) return { origin, name: (one.propertyName ?? one.name).text }
  }
  return null
}

function isHarmlessMath(node: ts.Identifier): boolean {
  const { parent } = node
  return ts.isPropertyAccessExpression(parent) && parent.expression === node && parent.name.text !== 'random'
}

/** False for the name of a member, of a property or inside a type: only a value can take time. */
function isValueReference(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isQualifiedName(parent) || ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent)) return false
  if (ts.isShorthandPropertyAssignment(parent)) return true
  return !('name' in parent && parent.name === node) && !('propertyName' in parent && parent.propertyName === node)
}

/**
 * Tells a global from a name that the file has declared or imported. The checker sees these files alone, without any
 * library, so that what it cannot resolve must come from the machine.
 */
function globalsIn(files: readonly ParsedFile[]): (name: ts.Identifier) => boolean {
  const sources = new Map(files.map(file => [file.path, file.source]))
  const options: ts.CompilerOptions = {
    noLib: true,
    noResolve: true,
    types: [],
    allowImportingTsExtensions: true,
    noEmit: true,
  }
  const program = ts.createProgram([...sources.keys()], options, hostOf(sources))
  const checker = program.getTypeChecker()
  return name => name.text === 'globalThis' || symbolOf(checker, name) === undefined
}

function symbolOf(checker: ts.TypeChecker, name: ts.Identifier): ts.Symbol | undefined {
  if (ts.isShorthandPropertyAssignment(name.parent)) return checker.getShorthandAssignmentValueSymbol(name.parent)
  return checker.getSymbolAtLocation(name)
}

function hostOf(sources: ReadonlyMap<string, ts.SourceFile>): ts.CompilerHost {
  return {
    fileExists: path => sources.has(path),
    readFile: path => sources.get(path)?.text,
    getSourceFile: path => sources.get(path),
    getDefaultLibFileName: () => 'lib.d.ts',
    getCurrentDirectory: () => '',
    getCanonicalFileName: path => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => undefined,
  }
}
