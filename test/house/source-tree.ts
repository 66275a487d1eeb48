/**
 * Reads the TypeScript files of `src` and `machines` below a directory and parses them. Every house rule is a function
 * of such a directory, so that a test can hand it an altered copy. Never runs what it reads.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

/** A place where the tree breaks a rule of the house. */
export interface Violation {
  /** Relative to the root of the tree, with forward slashes. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly sentence: string
}

export interface ParsedFile {
  readonly path: string
  readonly source: ts.SourceFile
}

/** Paths of all files below `folder`, relative to `root`, sorted, so that reports do not depend on the disk. */
export function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}

export function parseTree(root: string): ParsedFile[] {
  return ['machines', 'src']
    .flatMap(folder => filesBelow(root, folder))
    .filter(path => path.endsWith('.ts'))
    .map(path => ({ path, source: parseFile(root, path) }))
}

export function parseFile(root: string, path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ES2023, true)
}

export function lineOf(source: ts.SourceFile, node: ts.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
}

/** Calls `visit` for the node and everything below it, in the order of the text. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, child => walk(child, visit))
}

/** The room that a path belongs to: `src/net/grenache/x.ts` is in `net`, `src/clock.ts` in `clock`. */
export function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return top === 'src' ? second.replace(/\.ts$/, '') : top
}
