/**
 * How a command ends when it cannot go on: with one sentence, and exit code 2 when the way it was called is wrong, 1 when something
 * else is. It never prints a stack.
 */
import { CommanderError, Help, type Command, type Option } from 'commander'

/** The sentence says what was wrong in the call, or in a file it names, and what would be right. */
export class UsageError extends Error {}

/** Reads the arguments of the process; what the command does not know is a UsageError. Ends the process after `--help`. */
export function readArguments(command: Command): void {
  command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .configureHelp({ optionDescription })
  try {
    command.parse()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) process.exit(0)
    throw new UsageError(error.message.replace(/^error: /, '').replace(/\.?$/, '; see --help'))
  }
}

/** That a switch is off when it is not given goes without saying. */
function optionDescription(option: Option): string {
  return option.isBoolean() ? option.description : new Help().optionDescription(option)
}

/** Runs a command; an error ends it with a sentence and an exit code. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  process.stdout.on('error', endWithoutReader)
  try {
    await command()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

/** Who reads has gone, as `head` does, which is no failure beside those that are known; or what is written cannot be kept, which is one. */
function endWithoutReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit()
  process.stderr.write(`The output cannot be written: ${error.message}\n`)
  process.exit(1)
}
