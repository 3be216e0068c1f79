import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

const typeAware = {
  languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  rules: {
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-misused-promises': 'error',
    '@typescript-eslint/no-explicit-any': 'error',
    '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
    '@typescript-eslint/no-import-type-side-effects': 'error',
    '@typescript-eslint/require-await': 'off', // an async function that only throws or returns keeps its callers' one path for errors
    '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
    '@typescript-eslint/no-invalid-void-type': 'off', // a hook answers a verdict or nothing
    '@typescript-eslint/prefer-promise-reject-errors': 'off',
    '@typescript-eslint/no-confusing-void-expression': 'off',
    '@typescript-eslint/unbound-method': 'off',
    eqeqeq: 'error',
    'no-restricted-syntax': [
      'error',
      { selector: 'ExportDefaultDeclaration', message: 'Named exports only: a thing has one name everywhere.' },
      { selector: 'TSAsExpression > TSAnyKeyword', message: 'Say what it is, or parse it.' },
    ],
  },
}

const short = {
  rules: {
    complexity: ['error', 10],
    'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
    'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
  },
}

/** Markup is long and full of small conditions without being hard to follow. */
const markup = {
  rules: {
    complexity: ['error', 14],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
  },
}

const core = ['src/shared/**', 'src/main/gateway/**', 'src/main/plugins/**', 'src/main/vault/**']

export default defineConfig(
  globalIgnores(['out/', 'dist/', 'coverage/', 'test-results/', 'playwright-report/', 'test/fixtures/', '.ci/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  { files: ['**/*.{ts,tsx}'], extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylisticTypeChecked, typeAware] },
  { files: ['src/**/*.{ts,tsx}'], extends: [short] },
  { files: ['src/renderer/**/*.tsx'], extends: [markup] },
  {
    files: core,
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'Only an entry ends the process; close what you own and return.' },
      ],
    },
  },
  { files: ['*.config.{ts,mjs}'], rules: { 'no-restricted-syntax': 'off' } },
)
