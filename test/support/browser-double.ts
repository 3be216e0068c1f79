/** Where a browser ended up, and what was shown there. */
export interface Visited {
  readonly url: URL
  readonly status: number
  readonly text: string
}

/** A browser without a screen: follows redirects, keeps cookies, and stops before an address that `until` wants. */
export async function browse(start: string, until: (url: URL) => boolean = () => false): Promise<Visited> {
  const jar = new Map<string, string>()
  let url = new URL(start)
  for (let hop = 0; hop < 20; hop++) {
    if (hop > 0 && until(url)) return { url, status: 0, text: '' }
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    const text = await answer.text()
    const next = answer.headers.get('location')
    if (next === null) return { url, status: answer.status, text }
    url = new URL(next, url)
  }
  throw new Error(`redirected for ever, last to ${url.href}`)
}

/** True for the gateway's own end of a login. */
export const isCallback = (url: URL): boolean => url.pathname === '/oauth/callback'
