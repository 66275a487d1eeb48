/** How the tests run: every test/**\/*.test.ts, each file in a worker of its own, every sentence printed. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { CoverageReporter } from './support/coverage-reporter.ts'
import { mutantPlugins } from './support/mutant-plugin.ts'

export default defineConfig({
  root: join(import.meta.dirname, '..'),
  plugins: mutantPlugins(),
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['verbose', new CoverageReporter()],
    pool: 'forks',
    maxWorkers: 2,
    // The development build of XState warns about events sent to stopped actors; only the flag selects it.
    execArgv: ['--conditions=development'],
    // Tests that wait for real sockets and grapes share the machine with simulations that fill a core.
    testTimeout: 120_000,
    hookTimeout: 20_000,
    teardownTimeout: 10_000,
    slowTestThreshold: 1_000,
    restoreMocks: true,
    env: { TZ: 'UTC' },
  },
})
