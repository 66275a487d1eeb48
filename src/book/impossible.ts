/** The end of a path that no user's mistake can reach: throws with a sentence that says what cannot be. */
export function impossible(sentence: string): never {
  throw new Error(sentence)
}
