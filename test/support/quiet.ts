import { afterEach, beforeEach, expect } from 'vitest'

const methods = ['debug', 'info', 'log', 'warn', 'error'] as const

/** Unexpected console output fails a test: the core has a log, and only the CLI speaks to the terminal. */
const said: string[] = []

for (const method of methods) {
  console[method] = (...words: unknown[]) => {
    said.push(`console.${method}: ${words.map(String).join(' ')}`)
  }
}

beforeEach(() => {
  said.length = 0
})
afterEach(() => {
  expect(said).toEqual([])
})
