import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLog } from '../../src/main/gateway/log'
import { openRig } from '../support/gateway-rig'
import { storeFolder } from '../support/store-folder'

const secretLines = ['cGVtLWxpbmUtbnVtYmVyLW9uZQ', 'cGVtLWxpbmUtbnVtYmVyLXR3bw', 'cGVtLWxpbmUtbnVtYmVyLXRocmVl']
const pem = ['-----BEGIN THING-----', ...secretLines, '-----END THING-----', ''].join('\n')

describe('a secret of many lines, which its server prints as it ends', () => {
  it.each(['file', 'env'])('is in no log, state, event or diagnosis, when it came from ${%s:}', async (kind) => {
    const file = join(storeFolder(), 'key.pem')
    writeFileSync(file, pem)
    process.env.FG_TEST_PEM = pem
    onTestFinished(() => void delete process.env.FG_TEST_PEM)
    const written: string[] = []
    const rig = await openRig({ log: createLog({ level: 'debug', format: 'text', write: (line) => void written.push(line) }) })
    const { id, trust_hash } = await rig.gateway.servers.create({
      ...{ name: 'cmd', command: process.execPath, args: ['-e', 'console.error(process.env.PEM); process.exit(1)'] },
      env: { PEM: kind === 'file' ? `\${file:${file}}` : '${env:FG_TEST_PEM}' },
    })
    await rig.gateway.servers.trust(id, trust_hash ?? '')
    await rig.until(() => rig.gateway.servers.get(id).state === 'failed')
    expect(rig.gateway.servers.get(id).state_reason).toContain('exited with code 1; it said:')
    const answers = await Promise.all(['/servers', '/status', '/diagnostics'].map((path) => rig.admin('GET', path)))
    const told = JSON.stringify([written, answers, rig.events])
    expect(written.join('')).toContain('stderr:')
    for (const line of secretLines) expect(told).not.toContain(line)
  })
})
