import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { obstacleToDownload } from '../../scripts/desktop-here.mjs'

describe('before Electron is downloaded', () => {
  it('is looked whether somebody forbids it', async () => {
    expect(await obstacleToDownload({ ELECTRON_SKIP_BINARY_DOWNLOAD: '1' })).toContain('ELECTRON_SKIP_BINARY_DOWNLOAD')
  })

  it('is looked whether the place that it comes from can be reached', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const mirror = { ELECTRON_MIRROR: `http://127.0.0.1:${port}/` }
    expect(await obstacleToDownload(mirror)).toBeUndefined()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    expect(await obstacleToDownload(mirror)).toContain(`127.0.0.1:${port} cannot be reached`)
  })

  it('is not waited for an answer that does not come', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const began = Date.now()
    expect(await obstacleToDownload({ npm_config_electron_mirror: `http://127.0.0.1:${port}/` })).toContain('cannot be reached')
    expect(Date.now() - began).toBeLessThan(6000)
    silent.closeAllConnections()
    silent.close()
  })
})
