/**
 * How a text is put into Grenache's JSON arrays. What peers say is JSON itself: as a text within JSON every quotation mark would be escaped,
 * once more for each layer, and whoever reads it would go through all of it twice. So what has the look of an object goes as that object,
 * which is how Grenache's own peers send one, and is taken out again as it stands, unread; every other text goes as a text.
 *
 *     {"version":2, …}     ["5f0c…","peerbook:main",{"version":2, …}]
 *     hello                ["5f0c…","peerbook:main","hello"]
 */

/** What `text` is written as, in the last place of an array. */
export function embedded(text: string): string {
  return hasLookOfObject(text) && isWhole(text) ? text : JSON.stringify(text)
}

/** What stands behind `opening` and ends the array `written`, when it has the look of an object; undefined for anything else. */
export function embeddedBehind(written: string, opening: string): string | undefined {
  if (!written.startsWith(opening) || !written.endsWith(']')) return undefined
  const text = written.slice(opening.length, -1)
  return hasLookOfObject(text) ? text : undefined
}

function hasLookOfObject(text: string): boolean {
  return text.startsWith('{') && text.endsWith('}')
}

/** False for half a surrogate pair, which UTF-8 cannot say and JSON escapes. */
function isWhole(text: string): boolean {
  return text.isWellFormed()
}
