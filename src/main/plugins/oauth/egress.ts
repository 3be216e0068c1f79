import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { GatewayError } from '../../../shared/errors'

/** Redirects that are followed, bytes of an answer, and milliseconds for all of it. */
export const egressLimits = { hops: 3, bytes: 262_144, ms: 10_000, urlChars: 4_096 } as const

/** Where a conversation about a login may lead: it starts at the server as the person has registered it. */
export interface Home {
  readonly server: string
  readonly hostname: string
  /** Registered on this machine: plain http and loopback addresses are then as good as any. */
  readonly isLocal: boolean
}

export function homeOf({ name, url }: { readonly name: string; readonly url: string | null }): Home {
  if (url === null || !URL.canParse(url))
    throw new GatewayError('input.invalid', `${name} cannot be logged in to: its url is none as long as its references are not resolved.`)
  const { hostname } = new URL(url)
  return { server: name, hostname, isLocal: isLoopbackName(hostname) }
}

export interface Asking {
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The person gave this very address: it may be anywhere. Never followed to another. */
  readonly isGiven?: boolean
  /** The body, which may be a stream without an end, is not read. */
  readonly isHeadEnough?: boolean
}

export interface Answer {
  readonly url: string
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Looks names up as `dns.lookup` does with `all`. */
export type LookUp = (name: string, done: (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void) => void

/** Asks addresses that servers handed over, and no others than may be asked. @throws GatewayError `upstream.*`, which names no query */
export type Egress = (url: string, asking: Asking, home: Home) => Promise<Answer>

const usualLookUp: LookUp = (name, done) => systemLookup(name, { all: true }, done)

/** @param patienceMs for all of a question, redirects included */
export function createEgress(lookUp: LookUp = usualLookUp, patienceMs: number = egressLimits.ms): Egress {
  return async (start, asking, home) => {
    const signal = AbortSignal.timeout(patienceMs)
    let url = asking.isGiven ? new URL(start) : checkedUrl(start, home)
    for (let hop = 0; ; hop++) {
      const answer = await exchange(url, asking, home, lookUp, signal)
      const next = answer.headers.location
      if (asking.method !== 'GET' || asking.isGiven || next === undefined || !isRedirect(answer.status)) return answer
      if (hop >= egressLimits.hops) throw refused(home, `${url.host} redirects more than ${egressLimits.hops} times`)
      url = checkedUrl(URL.canParse(next, url.href) ? new URL(next, url.href).href : next, home)
    }
  }
}

const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)

/** An address that a server named, if it may be asked or shown to a browser. @throws GatewayError `upstream.refused` */
export function checkedUrl(text: string, home: Home): URL {
  if (text.length > egressLimits.urlChars || !URL.canParse(text)) throw refused(home, 'an address it names is none')
  const url = new URL(text)
  const isPlain = url.protocol === 'http:' && home.isLocal && isLoopbackName(url.hostname)
  const address = bare(url.hostname)
  if (url.protocol !== 'https:' && !isPlain)
    throw refused(home, `an address it names begins with ${url.protocol}, where only https is safe`)
  if (`${url.username}${url.password}` !== '') throw refused(home, 'an address it names holds a user name or password')
  if (isIP(address) !== 0 && !mayReach(address, url.hostname, home)) throw internal(home, url.hostname)
  return url
}

const refused = ({ server }: Home, why: string) =>
  new GatewayError('upstream.refused', `The login of ${server} was not begun or continued: ${why}. Tell whoever runs the server.`)

const internal = (home: Home, host: string) =>
  refused(home, `${host} is an address inside a private network or of this machine, to which a server may not send the gateway`)

const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '')

export const isLoopbackName = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)

/** Two lists: in one, a mapped range of version 6 would match every address of version 4. */
const closed4 = new BlockList()
const closed6 = new BlockList()
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
])
  closed4.addSubnet(...subnet(range), 'ipv4')
for (const range of [
  ...['::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
  ...['5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
])
  closed6.addSubnet(...subnet(range), 'ipv6')

function subnet(range: string): [net: string, prefix: number] {
  const [net = '', prefix = ''] = range.split('/')
  return [net, Number(prefix)]
}

/** Where the person has sent the gateway it may go; elsewhere to public addresses only. */
function mayReach(address: string, hostname: string, home: Home): boolean {
  if (hostname === home.hostname) return true
  if (home.isLocal && (address.startsWith('127.') || address === '::1')) return true
  const plain = address.replace(/%.*$/, '')
  const family = isIP(plain)
  if (family === 0) return false
  return family === 4 ? !closed4.check(plain, 'ipv4') : !closed6.check(plain, 'ipv6')
}

/** Decides where the socket goes: what was looked up before could be another address by then. */
const guardedLookup =
  (lookUp: LookUp, home: Home, isGiven: boolean): LookupFunction =>
  (hostname, options, done) =>
    lookUp(hostname, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return done(error ?? new Error(`${hostname} has no address`), '')
      const bad = isGiven ? undefined : addresses.find(({ address }) => !mayReach(address, hostname, home))
      if (bad) return done(internal(home, hostname), '')
      if (options.all) done(null, [...addresses])
      else done(null, first.address, first.family)
    })

function exchange(url: URL, asking: Asking, home: Home, lookUp: LookUp, signal: AbortSignal): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const { method, headers = {}, body, isGiven = false, isHeadEnough = false } = asking
    const asked = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      ...{ method, signal, agent: false, lookup: guardedLookup(lookUp, home, isGiven), maxHeaderSize: 32_768 },
      headers: { 'user-agent': 'fast-gateway', ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
    })
    asked.on('error', reject)
    asked.on('response', (response) => void answerOf(url, response, isHeadEnough).then(resolve, reject))
    asked.end(body)
  }).catch((thrown: unknown) => {
    throw failure(thrown, url, home)
  })
}

async function answerOf({ href }: URL, response: IncomingMessage, isHeadEnough: boolean): Promise<Answer> {
  const { statusCode: status = 0, headers } = response
  if (!isHeadEnough) return { url: href, status, headers, body: await readBody(response) }
  response.destroy()
  return { url: href, status, headers, body: '' }
}

class TooLong extends Error {}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    total += chunk.length
    if (total > egressLimits.bytes) throw new TooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function failure(thrown: unknown, { host }: URL, { server }: Home): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  if (thrown instanceof TooLong)
    return new GatewayError(
      'upstream.garbage',
      `${host} answered with more than ${egressLimits.bytes} bytes where the login of ${server} needs a short answer.`,
    )
  const { code, name, message } = thrown as NodeJS.ErrnoException
  if (name === 'AbortError' || name === 'TimeoutError')
    return new GatewayError(
      'upstream.timeout',
      `${host}, where one logs in to ${server}, did not answer within ${egressLimits.ms / 1000} s; try again later.`,
    )
  return new GatewayError(
    'upstream.unreachable',
    `${host}, where one logs in to ${server}, cannot be reached (${code ?? message.slice(0, 100)}); check the network, or try again later.`,
    { cause: thrown },
  )
}

/** The JSON object in an answer; some write null for what there is not, which is left out. @throws GatewayError `upstream.garbage` */
export function jsonIn({ url, status, headers, body }: Answer, { server }: Home): Readonly<Record<string, unknown>> {
  const type = headers['content-type'] ?? ''
  const value = /^application\/(?:[\w.+-]+\+)?json\b/i.test(type) ? parsed(body) : undefined
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
  throw new GatewayError(
    'upstream.garbage',
    `${new URL(url).host} answered HTTP ${status} without the JSON that the login of ${server} needs; tell whoever runs it.`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
