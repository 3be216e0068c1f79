import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectClaudeCode, freeName } from '../../src/main/desktop/connect'
import { desktopPlugin } from '../../src/main/desktop/plugin'
import { createNetworkWatch, type Network } from '../../src/main/desktop/network-watch'
import { joinPaths, loginShellPath } from '../../src/main/desktop/shell-path'
import { createGateway } from '../../src/main/gateway/gateway'

const network = (online: boolean, ...addresses: string[]): Network => ({
  online,
  interfaces: { eth0: addresses.map((address) => ({ address, internal: address.startsWith('127.') })) },
})

describe('the network', () => {
  const looks = (...networks: Network[]) => {
    const look = createNetworkWatch(() => networks.shift() ?? network(false))
    return Array.from({ length: networks.length }, look)
  }

  it('is a different one when an address is, and when it is back', () =>
    expect(
      looks(network(true, '10.0.0.1'), network(true, '10.0.0.1'), network(true, '10.0.0.2'), network(false), network(true, '10.0.0.2')),
    ).toEqual([...[false, true, false, true]]))

  it('is the same whatever stays on this machine', () =>
    expect(looks(network(true, '10.0.0.1'), network(true, '10.0.0.1', '127.0.0.2', 'fe80::1'))).toEqual([false]))
})

describe('the PATH of a login shell', () => {
  const shellThat = async (does: string) => {
    const folder = await mkdtemp(join(tmpdir(), 'fast-gateway-shell-'))
    await writeFile(join(folder, 'shell'), `#!/bin/sh\n${does}\n`, { mode: 0o755 })
    const path = await loginShellPath(join(folder, 'shell'), { PATH: process.env.PATH })
    await rm(folder, { recursive: true })
    return path
  }

  it('is found among whatever else the start-up files print', async () =>
    expect(await shellThat('echo "Good morning"; PATH=/opt/homebrew/bin:/usr/bin; eval "$2"; echo bye')).toBe('/opt/homebrew/bin:/usr/bin'))

  it('is unknown where the shell fails, says nothing or is not there', async () => {
    expect(await shellThat('exit 1')).toBeUndefined()
    expect(await loginShellPath('/nowhere/shell', {})).toBeUndefined()
    expect(await loginShellPath(undefined, {})).toBeUndefined()
  })

  it('takes no terminal from anybody: its group is its own', async () =>
    expect(await shellThat('test "$(ps -o pgid= -p $$ | tr -d " ")" = "$$" && PATH=/own/group && /usr/bin/env true; eval "$2"')).toBe(
      '/own/group',
    ))

  it('goes before what there was, each folder once', () => {
    expect(joinPaths('/opt/bin:/usr/bin', '/usr/bin:/bin')).toBe('/opt/bin:/usr/bin:/bin')
    expect(joinPaths('/opt/bin', '')).toBe('/opt/bin')
  })
})

describe('a command', () => {
  const nobodyAsks = () => {
    throw new Error('Nobody asks the app.')
  }

  it('is started only once it is known where programs are', async () => {
    let find = (): void => undefined
    const programs = new Promise<void>((resolve) => (find = resolve))
    const gateway = createGateway({
      plugins: [desktopPlugin(nobodyAsks, () => undefined, programs)],
    })
    onTestFinished(() => gateway.close())
    await gateway.listen({ port: 0 })
    const { id, trust_hash } = await gateway.servers.create({ name: 'own', command: process.execPath, args: ['-e', 'process.exit(3)'] })
    await gateway.servers.trust(id, trust_hash ?? '')
    await new Promise((pass) => setTimeout(pass, 300))
    expect(gateway.servers.get(id).state).toBe('connecting')
    find()
    await expect.poll(() => gateway.servers.get(id).state).toBe('failed')
  })
})

describe('the command for Claude Code', () => {
  it('holds the token of a client that is made for it, and leaves those alone that are there', async () => {
    const gateway = createGateway()
    await gateway.ready
    const first = connectClaudeCode(gateway, 'http://127.0.0.1:7411/mcp', false)
    const second = connectClaudeCode(gateway, 'http://127.0.0.1:7411/mcp', false)
    expect(first.command).toMatch(
      /^claude mcp add --transport http gateway http:\/\/127\.0\.0\.1:7411\/mcp --header "Authorization: Bearer [\w-]{20,}"$/,
    )
    expect([first.client, second.client]).toEqual(['Claude Code', 'Claude Code 2'])
    expect(gateway.clients.list()).toHaveLength(2)
    await gateway.close()
  })

  it('needs no client where nobody needs a token', async () => {
    const gateway = createGateway()
    expect(connectClaudeCode(gateway, 'http://127.0.0.1:7411/mcp', true)).toEqual({
      ...{ command: 'claude mcp add --transport http gateway http://127.0.0.1:7411/mcp', client: null },
    })
    await gateway.close()
  })

  it('finds a name in whatever letters others are written', () => expect(freeName(['claude code', 'CLAUDE CODE 2'])).toBe('Claude Code 3'))
})
