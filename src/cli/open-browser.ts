/** Opens a URL in the user's browser, as the platform does it. */
import { spawn } from 'node:child_process'

/** `failed` hears when that is not possible; the browser itself is on its own. */
export function openBrowser(url: string, failed: () => void): void {
  const [program, ...words] = commandFor(process.platform)
  const opener = spawn(program, [...words, url], { stdio: 'ignore', detached: true })
  opener.on('error', failed)
  opener.unref()
}

function commandFor(platform: NodeJS.Platform): readonly [program: string, ...words: string[]] {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['cmd', '/c', 'start', '']
  return ['xdg-open']
}
