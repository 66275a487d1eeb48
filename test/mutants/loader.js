/**
 * Applies a mutant to the product's source when it is loaded: `node --import THIS --import tsx FILE`, with the mutant as JSON in
 * PEERBOOK_MUTANT (with-mutant.ts writes it). Plain JavaScript, since it runs before anything can read TypeScript.
 */
import { register } from 'node:module'
import process from 'node:process'

const mutant = process.env['PEERBOOK_MUTANT']
if (mutant !== undefined) register('./load-hook.js', import.meta.url, { data: JSON.parse(mutant) })
