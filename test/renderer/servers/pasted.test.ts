import { describe, expect, it } from 'vitest'
import { freeName, nameOfCommand, nameOfUrl } from '../../../src/renderer/features/servers/names'
import { pastedWord, readPasted } from '../../../src/renderer/features/servers/pasted'
import { wordsOf } from '../../../src/renderer/features/servers/command-line'
import { serverName } from '../../../src/shared/records'

describe('what was pasted', () => {
  it('is a URL of the streaming transport', () => {
    expect(readPasted(' https://mcp.stripe.com ')).toEqual({
      kind: 'url',
      transport: 'http',
      url: 'https://mcp.stripe.com',
      name: 'stripe',
    })
  })

  it('is a URL of the older transport where it ends so', () => {
    expect(readPasted('https://mcp.linear.app/sse')).toMatchObject({ transport: 'sse', name: 'linear' })
    expect(readPasted('https://a.example/sse?x=1')).toMatchObject({ transport: 'sse' })
    expect(readPasted('https://a.example/assets')).toMatchObject({ transport: 'http' })
  })

  it('may lack the scheme', () => {
    expect(readPasted('localhost:3000/mcp')).toMatchObject({ url: 'http://localhost:3000/mcp', name: 'localhost-3000' })
    expect(readPasted('mcp.deepwiki.com/mcp')).toMatchObject({ url: 'https://mcp.deepwiki.com/mcp', name: 'deepwiki' })
  })

  it('is a command with its variables', () => {
    expect(readPasted('TOKEN=x npx -y @modelcontextprotocol/server-filesystem "/my files"')).toEqual({
      kind: 'command',
      name: 'filesystem',
      command: 'npx',
      args: ['-y', '@modelcontextprotocol/server-filesystem', '/my files'],
      env: { TOKEN: 'x' },
    })
  })

  it.each([
    '{"mcpServers":{}}',
    '[mcp_servers.x]',
    'claude mcp add --transport http x https://x.example',
    'npx server ~/notes',
    'server --key $KEY',
    'a | b',
    'one\ntwo',
    `open 'quote`,
    'A=1',
  ])('is for the gateway to read: %s', (text) => {
    expect(readPasted(text)).toEqual({ kind: 'text' })
  })

  it('is nothing yet', () => {
    expect(readPasted(' \n ')).toEqual({ kind: 'empty' })
  })

  it('is called by its kind', () => {
    expect(pastedWord(readPasted('https://a.example'))).toBe('Streamable HTTP')
    expect(pastedWord(readPasted('https://a.example/sse'))).toBe('SSE')
    expect(pastedWord(readPasted('uvx server'))).toBe('Command')
    expect(pastedWord(readPasted('{}'))).toBeNull()
  })
})

describe('a name for a server', () => {
  it.each([
    ['https://api.githubcopilot.com/mcp/', 'githubcopilot'],
    ['https://mcp.sentry.dev/mcp', 'sentry'],
    ['http://127.0.0.1:8080', '127-0-0-1-8080'],
    ['http://[::1]:90/mcp', '1-90'],
    ['https://example/mcp', 'example'],
  ])('comes from the address %s', (url, name) => {
    expect(nameOfUrl(url)).toBe(name)
    expect(serverName.safeParse(name).success).toBe(true)
  })

  it.each([
    ['npx -y @modelcontextprotocol/server-everything', 'everything'],
    ['npx @playwright/mcp@latest', 'playwright'],
    ['uvx postgres-mcp --access-mode=restricted', 'postgres'],
    ['python3 -m mcp_server_git', 'git'],
    ['docker run -i --rm -e TOKEN ghcr.io/github/github-mcp-server:v2', 'github'],
    ['node /home/a/code/weather/dist/index.js', 'weather'],
    ['/opt/tools/notes-server', 'notes'],
    ['my_tool.exe', 'my-tool'],
  ])('comes from the command %s', (line, name) => {
    const [command = '', ...args] = wordsOf(line).words
    expect(nameOfCommand(command, args)).toBe(name)
    expect(serverName.safeParse(name).success).toBe(true)
  })

  it('gets a number where it is taken, whatever the case', () => {
    expect(freeName('github', ['GitHub', 'github-2'])).toBe('github-3')
    expect(freeName('github', ['gitlab'])).toBe('github')
    expect(freeName('', [])).toBe('server')
    expect(freeName('x'.repeat(48), ['x'.repeat(48)]).length).toBeLessThanOrEqual(48)
  })
})
