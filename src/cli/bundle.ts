/**
 * One file of a program and all that it imports, for processes of which several are started: two hundred modules load in a fifth of the
 * time (0.2 s instead of 1.1), and nested functions are not named anew at every call, as the loader of TypeScript does it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

export interface Bundle {
  /** A JavaScript module with a source map beside it. */
  readonly path: string
  /** Also done when the process exits. */
  remove(): void
}

/** `program`: path of a TypeScript module. Rejects, with esbuild's sentence, when it cannot be built. */
export async function bundleOf(program: string): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'peerbook-'))
  const remove = (): void => {
    process.off('exit', remove)
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', remove)
  const path = join(folder, basename(program).replace(/\.ts$/, '.mjs'))
  try {
    await build({
      ...{ entryPoints: [program], outfile: path, bundle: true, sourcemap: true, logLevel: 'silent' },
      ...{ format: 'esm', target: 'node20', platform: 'neutral', external: ['node:*'] },
      // Packages as modules: for Node RxJS names its CommonJS build, whose functions are looked up at every call.
      ...{ mainFields: ['module', 'main'], conditions: ['es2015', 'module'] },
    })
    return { path, remove }
  } catch (error) {
    remove()
    throw error
  }
}
