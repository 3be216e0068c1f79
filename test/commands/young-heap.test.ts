import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { largestYoungHeap } from '../../src/main/commands/young-heap'

const source = fileURLToPath(new URL('../../src/main/commands/young-heap.ts', import.meta.url))

/** Bytes of the young generation of a process that makes garbage, some of which lives for a while. */
async function youngHeapOf({ kept, flags = [] }: { kept: boolean; flags?: string[] }): Promise<number> {
  const script = `
    const { keepHeapYoung } = await import(${JSON.stringify(source)})
    if (${kept}) keepHeapYoung()
    const living = []
    for (let turn = 0; turn < 400; turn++) {
      for (let i = 0; i < 4_000; i++) living[(turn * 4_000 + i) % 60_000] = { turn, i, text: 'x' + i, more: [turn, i] }
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { getHeapSpaceStatistics } = await import('node:v8')
    console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size)`
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--input-type=module', '--eval', script])
  return Number(stdout)
}

test('the young generation stays small under a load that would make it grow', async () => {
  expect(await youngHeapOf({ kept: true })).toBeLessThanOrEqual(largestYoungHeap)
  expect(await youngHeapOf({ kept: false })).toBeGreaterThan(largestYoungHeap)
})

test('whoever sets its size on the command line keeps it', async () => {
  expect(await youngHeapOf({ kept: true, flags: ['--min-semi-space-size=32', '--max-semi-space-size=32'] })).toBeGreaterThan(
    largestYoungHeap,
  )
})
