/**
 * What a file imports, in every form that the language has: import and export declarations, `import()`, `require()`
 * and types such as `import('x').T`. Never resolves packages.
 */
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { lineOf, walk } from './source-tree.ts'
import type { ParsedFile } from './source-tree.ts'

export interface Import {
  /** Null when it is computed, which nobody can check. */
  readonly specifier: string | null
  readonly line: number
  /** True when nothing of the import is left once types are erased. */
  readonly isTypeOnly: boolean
}

export function importsOf(file: ParsedFile): Import[] {
  const found: Import[] = []
  walk(file.source, node => {
    const specifier = specifierOf(node)
    if (specifier === undefined) return
    const text = ts.isStringLiteralLike(specifier) ? specifier.text : null
    found.push({ specifier: text, line: lineOf(file.source, node), isTypeOnly: isTypeOnly(node) })
  })
  return found
}

/** The imported path relative to the root, or null for a package. */
export function targetOf(file: ParsedFile, specifier: string): string | null {
  return specifier.startsWith('.') ? join(dirname(file.path), specifier) : null
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument
  return ts.isCallExpression(node) && isLoadingCall(node) ? node.arguments[0] : undefined
}

function isLoadingCall(node: ts.CallExpression): boolean {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return true
  return ts.isIdentifier(node.expression) && node.expression.text === 'require'
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  return ts.isImportTypeNode(node)
}
