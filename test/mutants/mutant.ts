/** What a mutant is: a seeded bug, as a text patch on the product's source that is applied when the source is loaded. */

export interface Mutant {
  /** `withdraw-given-up`: small letters and hyphens. */
  readonly name: string
  /** Which guard or rule of the design is broken, and how. */
  readonly sentence: string
  /** The invariants of the design's section 11 of which at least one should notice. */
  readonly invariants: readonly number[]
  /** A rule that is guarded in several places is broken in all of them at once. */
  readonly edits: readonly Edit[]
}

export interface Edit {
  /** From the root of the tree: `src/peer/decide/maker.ts`. */
  readonly file: string
  /** Occurs in the file exactly once. */
  readonly find: string
  readonly replacement: string
}
