import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { checkedUrl, createEgress, homeOf, jsonIn, type LookUp } from '../../src/main/plugins/oauth/egress'
import { withTheTest } from '../support/gateway-rig'
import { closeServer, listen } from '../support/http-upstream'

const away = homeOf({ name: 'hosted', url: 'https://mcp.example.com/mcp' })
const here = homeOf({ name: 'local', url: 'http://127.0.0.1:3000/mcp' })
const saying = (words: string): unknown => expect.stringContaining(words)
const refused = (words: string) => ({ code: 'upstream.refused', message: saying(words) })

async function serve(answer: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> {
  const server = createServer(answer)
  withTheTest(() => closeServer(server))
  return `http://${await listen(server)}`
}

const ask = { method: 'GET' } as const

describe('an address that a server names', () => {
  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'ftp://example.com/',
    'http://example.com/',
    'custom-scheme://x',
    'https://user:password@example.com/',
    'https://127.0.0.1/',
    'https://0.0.0.0/',
    'https://0177.0.0.1/',
    'https://2130706433/',
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::ffff:8.8.8.8]/',
    'https://[64:ff9b::a00:1]/',
    'https://[2002:a00:1::]/',
    'https://[2001::1]/',
    'https://[fc00::1]/',
    'https://[fe80::1]/',
    'https://[ff02::1]/',
    'not an address',
    `https://example.com/${'x'.repeat(5_000)}`,
  ])('is refused: %s', (url) => {
    expect(() => checkedUrl(url, away)).toThrowError(expect.objectContaining({ code: 'upstream.refused' }))
  })

  it.each(['https://example.com/', 'https://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://mcp.example.com:8443/x?y=z'])(
    'may be asked: %s',
    (url) => {
      expect(checkedUrl(url, away).href).toBe(url)
    },
  )

  it('may be plain http on this machine, for a server that was registered here, and nothing else may', () => {
    for (const url of ['http://127.0.0.1:9/x', 'http://localhost:9/', 'http://[::1]:9/', 'https://127.0.0.1:9/'])
      expect(checkedUrl(url, here).href).toBe(url)
    for (const url of ['http://example.com/', 'https://10.0.0.1/', 'https://169.254.169.254/'])
      expect(() => checkedUrl(url, here)).toThrowError(expect.objectContaining({ code: 'upstream.refused' }))
  })

  it('may be inside a private network where the person has registered that very host', () => {
    const inside = homeOf({ name: 'intranet', url: 'https://10.1.2.3/mcp' })
    expect(checkedUrl('https://10.1.2.3/token', inside).host).toBe('10.1.2.3')
    expect(() => checkedUrl('https://10.1.2.4/token', inside)).toThrow()
  })
})

describe('a name that leads inside', () => {
  const to =
    (...addresses: readonly string[]): LookUp =>
    (_name, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )

  it.each([
    ['127.0.0.1'],
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['2002:7f00:1::'],
    ['fd00::1'],
    ['8.8.8.8', '192.168.0.1'],
  ])('is refused in the socket: %s %s', async (...addresses) => {
    const egress = createEgress(to(...addresses.filter((each) => each !== undefined)))
    await expect(egress('https://innocent.example/', ask, away)).rejects.toMatchObject(refused('private network'))
  })

  it('is refused however harmless it was before: what is looked up is where the socket goes', async () => {
    const answers = ['8.8.8.8', '127.0.0.1']
    const looked: string[] = []
    const lookUp: LookUp = (name, done) => {
      looked.push(name)
      done(null, [{ address: answers[looked.length] ?? '127.0.0.1', family: 4 }])
    }
    await expect(createEgress(lookUp)('https://rebinding.example/', ask, away)).rejects.toMatchObject(refused('private network'))
    expect(looked).toEqual(['rebinding.example'])
  })

  it('without an address is unreachable', async () => {
    const nowhere: LookUp = (_name, done) => done(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), [])
    await expect(createEgress(nowhere)('https://nowhere.example/', ask, away)).rejects.toMatchObject({
      code: 'upstream.unreachable',
      message: saying('ENOTFOUND'),
    })
  })
})

describe('an answer', () => {
  it('follows three redirects and no fourth', async () => {
    const base = await serve((req, res) => {
      const left = Number(req.url?.slice(1))
      if (left === 0) res.end('there')
      else res.writeHead(302, { location: `/${left - 1}` }).end()
    })
    expect((await createEgress()(`${base}/3`, ask, here)).body).toBe('there')
    await expect(createEgress()(`${base}/4`, ask, here)).rejects.toMatchObject(refused('redirects more than 3 times'))
  })

  it.each(['http://169.254.169.254/', 'https://10.0.0.1/', 'file:///etc/passwd', 'http://example.com/', '//192.168.0.1/'])(
    'is not followed to %s',
    async (location) => {
      const base = await serve((_req, res) => void res.writeHead(302, { location }).end())
      await expect(createEgress()(base, ask, here)).rejects.toMatchObject({ code: 'upstream.refused' })
    },
  )

  it('to a form or of an address that was given is followed nowhere', async () => {
    const base = await serve((_req, res) => void res.writeHead(307, { location: '/elsewhere' }).end())
    expect((await createEgress()(base, { method: 'POST', body: 'x' }, here)).status).toBe(307)
    expect((await createEgress()(base, { ...ask, isGiven: true }, here)).status).toBe(307)
  })

  it('without an end is cut off', async () => {
    const base = await serve((_req, res) => {
      const more = () => {
        if (!res.destroyed) res.write('x'.repeat(65_536), () => setImmediate(more))
      }
      res.on('error', () => undefined)
      more()
    })
    await expect(createEgress()(base, ask, here)).rejects.toMatchObject({ code: 'upstream.garbage', message: saying('262144 bytes') })
  })

  it('is not read where its head is enough', async () => {
    const base = await serve((_req, res) => void res.writeHead(401, { 'www-authenticate': 'Bearer' }).write('and so on'))
    const { status, headers, body } = await createEgress()(base, { method: 'POST', body: '{}', isHeadEnough: true }, here)
    expect([status, headers['www-authenticate'], body]).toEqual([401, 'Bearer', ''])
  })

  it.each([
    ['text/html', '{"issuer":"x"}'],
    ['application/json', '<html>'],
    ['application/json', '["a"]'],
    ['application/json', 'null'],
    ['', '{}'],
  ])('of %s with %s is no JSON object', async (type, body) => {
    const base = await serve((_req, res) => void res.writeHead(200, type === '' ? {} : { 'content-type': type }).end(body))
    const answer = await createEgress()(base, ask, here)
    expect(() => jsonIn(answer, here)).toThrowError(expect.objectContaining({ code: 'upstream.garbage' }))
  })

  it('that takes too long is given up', async () => {
    const base = await serve((_req, res) => void res.writeHead(200).write('slow'))
    await expect(createEgress(undefined, 100)(base, ask, here)).rejects.toMatchObject({
      code: 'upstream.timeout',
      message: saying('try again later'),
    })
  })

  it('that does not come is told with a remedy', async () => {
    await expect(createEgress()('http://127.0.0.1:9/', ask, here)).rejects.toMatchObject({
      code: 'upstream.unreachable',
      message: saying('ECONNREFUSED'),
    })
  })
})
