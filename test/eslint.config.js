/**
 * The linter's rules: typescript-eslint's strict, type-checked set and the few rules that STYLE asks for beyond it.
 * Layout is prettier's; directions of imports and forbidden clocks are tests (test/house).
 */
import { join } from 'node:path'
import eslint from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const root = join(import.meta.dirname, '..')

const sentences = [
  {
    // A comment alone satisfies no-empty, so that rule cannot say this.
    selector: 'CatchClause > BlockStatement[body.length=0]',
    message: 'A caught error must have an effect: return a value, count it, or let it pass.',
  },
  { selector: 'ForInStatement', message: 'for-in also walks what is inherited: use Object.keys or Object.entries.' },
  { selector: 'LabeledStatement', message: 'A loop that needs a label wants to be a function.' },
]

export default defineConfig(
  eslint.configs.recommended,
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...sentences],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'no-else-return': 'error',
      'no-param-reassign': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'all' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      // What remains of `import { type A } from 'b'` after erasure still loads b.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/prefer-readonly': 'error',
    },
  },
  {
    // Literal types decide its relations when they are compiled; they are asserted all the same, for whoever edits a number.
    files: ['src/limits.ts'],
    rules: { '@typescript-eslint/no-unnecessary-condition': 'off' },
  },
  {
    // Only a command talks to a terminal; every other room returns facts.
    files: ['src/**/*.ts', 'machines/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  {
    // A test that indexes what it has just built may say so.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
)
