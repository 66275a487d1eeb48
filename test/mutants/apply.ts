/** A mutant's edits on the text of one file. */
import type { Edit, Mutant } from './mutant.ts'

/** What the source would be. Throws when the text to find does not occur exactly once: then the product has changed. */
export function applyEdit(source: string, { file, find, replacement }: Edit): string {
  const found = source.split(find).length - 1
  if (found !== 1) throw new Error(`${file}: the text to replace occurs ${found} times, and must occur once:\n${find}`)
  return source.replace(find, () => replacement)
}

export function filesOf({ edits }: Mutant): readonly string[] {
  return [...new Set(edits.map(({ file }) => file))]
}

export function mutated(source: string, file: string, { edits }: Mutant): string {
  return edits.filter(edit => edit.file === file).reduce(applyEdit, source)
}
