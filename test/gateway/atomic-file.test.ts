import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { storeFolder } from '../support/store-folder'

const module = join(import.meta.dirname, '../../src/main/gateway/atomic-file.ts')

describe('a file that is replaced in one step', () => {
  it.runIf(process.platform !== 'win32')('is as it was where the system takes only a part of the new text', () => {
    const folder = storeFolder()
    const file = join(folder, 'gateway.json')
    writeFileSync(file, '{"policy":{"deny":["*"]}}')
    const script = `import(${JSON.stringify(module)}).then(({ writeAtomically }) => writeAtomically(${JSON.stringify(file)}, 'x'.repeat(100_000), 0o600))`
    // A limit on the size of files stands for a disk that is nearly full: the first write is cut, and says so only by its result.
    const { status, stderr } = spawnSync('sh', ['-c', 'ulimit -f 4 && exec "$0" -e "$1"', process.execPath, script], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('EFBIG') as string })
    expect(readFileSync(file, 'utf8')).toBe('{"policy":{"deny":["*"]}}')
    expect(readdirSync(folder)).toEqual(['gateway.json'])
  })
})
