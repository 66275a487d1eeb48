/** A progress bar on one line of a terminal, drawn over and over. Writes nothing where there is no terminal. */
import type { WriteStream } from 'node:tty'

export interface Bar {
  show(label: string, done: number, total: number, remark: string): void
  /** Leaves an empty line behind. */
  clear(): void
}

const cells = 30
/** More often than this nobody can see. */
const drawMs = 40
const eraseLine = '\r\u001b[2K'

export function progressBar(stream: WriteStream): Bar {
  if (!stream.isTTY) return { show: () => undefined, clear: () => undefined }
  let drawnMs = Number.NEGATIVE_INFINITY
  return {
    show: (label, done, total, remark) => {
      if (performance.now() - drawnMs < drawMs && done < total) return
      drawnMs = performance.now()
      const line = `${label} ${barOf(done, total)} ${done}/${total} ${remark}`
      stream.write(eraseLine + line.slice(0, stream.columns - 1))
    },
    clear: () => void stream.write(eraseLine),
  }
}

function barOf(done: number, total: number): string {
  const full = Math.round((cells * done) / Math.max(1, total))
  return '█'.repeat(full) + '░'.repeat(cells - full)
}
