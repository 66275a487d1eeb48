/** The hook behind loader.js: the text of a patched file is read, patched and passed on to whoever turns TypeScript into JavaScript. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath, URL } from 'node:url'

const root = new URL('../../', import.meta.url)
/** Edits by the URL of their file. */
const editsAt = new Map()

export function initialize({ edits }) {
  for (const edit of edits) {
    const url = new URL(edit.file, root).href
    editsAt.set(url, [...(editsAt.get(url) ?? []), edit])
  }
}

export async function load(url, context, nextLoad) {
  const [plain] = url.split('?')
  const edits = editsAt.get(plain)
  if (!edits) return nextLoad(url, context)
  const source = edits.reduce(applyEdit, await readFile(fileURLToPath(plain), 'utf8'))
  return { format: 'module', source, shortCircuit: true }
}

function applyEdit(source, { file, find, replacement }) {
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`${file}: the text to replace occurs ${parts.length - 1} times, not once`)
  return parts.join(replacement)
}
