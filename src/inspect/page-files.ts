/**
 * The page and what it loads, by path. TypeScript is turned into one ES module by esbuild, in memory, when it is asked for; elkjs is given
 * as its package has it. Only files of the page's own folder and of elkjs can be had, by their exact names.
 */
import { readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { build } from 'esbuild'

export interface PageFile {
  readonly type: string
  readonly content: string | Uint8Array
}

const webFolder = join(import.meta.dirname, 'web')
const elkFolder = join(dirname(createRequire(import.meta.url).resolve('elkjs/package.json')), 'lib')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

/** Null when there is no such file. Rejects, with esbuild's sentence, when a module cannot be built. */
export async function pageFile(path: string): Promise<PageFile | null> {
  const [, room, ...rest] = path.split('/')
  const [name = '', inner] = rest
  if (path === '/') return plainFile(webFolder, 'index.html')
  if (path === '/stately') return plainFile(webFolder, 'stately.html')
  if (room !== 'web' || rest.length > 2) return null
  if (inner !== undefined) return name === 'elkjs' ? plainFile(elkFolder, inner) : null
  return extname(name) === '.js' ? bundle(name) : plainFile(webFolder, name)
}

/** The folder is listed instead of joined with what was asked, so that no path leads out of it. */
async function plainFile(folder: string, name: string): Promise<PageFile | null> {
  const type = types[extname(name)]
  if (type === undefined || !(await readdir(folder)).includes(name)) return null
  return { type, content: await readFile(join(folder, name)) }
}

async function bundle(name: string): Promise<PageFile | null> {
  const source = name.replace(/\.js$/, '.ts')
  if (!(await readdir(webFolder)).includes(source)) return null
  const { outputFiles } = await build({
    entryPoints: [join(webFolder, source)],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['/web/elkjs/*'],
    sourcemap: 'inline',
    write: false,
    logLevel: 'silent',
  })
  return { type: types['.js'] ?? '', content: outputFiles[0]?.contents ?? '' }
}
