import { browse } from '../../support/browser-double'
import { openOAuthServer, type OAuthServer } from '../../support/oauth-server'
import { openProtectedUpstream, type ProtectedUpstream } from '../../support/oauth-upstream'
import { connectAgent, expect, test, useUi } from '../support/ui-test'

let as: OAuthServer
let upstream: ProtectedUpstream
test.beforeAll(async () => {
  as = await openOAuthServer()
  upstream = await openProtectedUpstream(as)
})
test.afterAll(async () => {
  await upstream.close()
  await as.close()
})

const own = useUi()
const option = () => own.ui.page.getByRole('option', { name: /\bhosted\b/ })
const isIn = (state: string) => expect(option().getByRole('img', { name: state })).toBeVisible({ timeout: 20_000 })
const login = () => own.ui.page.getByRole('region', { name: 'Login', exact: true })
const button = (name: string) => login().getByRole('button', { name, exact: true })

/** Begins a login and gives the address that is shown. */
async function begun(): Promise<string> {
  await button('Log in').click()
  await expect(login().getByRole('status')).toContainText('It waits for you in your browser')
  await button('Copy the address of the login page').click()
  await expect.poll(() => own.ui.clipboard()).toContain(as.issuer)
  return own.ui.clipboard()
}

test('says that a server wants a login, and opens nothing by itself', async () => {
  await own.ui.goTo('/servers')
  await own.ui.ask('POST', '/servers', { name: 'hosted', url: upstream.url, auth: 'oauth' })
  await isIn('Needs login')
  await option().click()
  await expect(login()).toContainText('Nobody is logged in')
  expect(upstream.seen).toEqual([])
})

test('cancels a login, after which its page leads nowhere', async () => {
  const address = await begun()
  await button('Cancel').click()
  await expect(button('Log in')).toBeVisible()
  expect((await browse(address)).text).toContain('Not logged in')
  await isIn('Needs login')
})

test('logs in: the server is ready and agents can use it', async () => {
  const { text } = await browse(await begun())
  expect(text).toContain('You can close this page')
  await isIn('Ready')
  await expect(login()).toContainText('You are logged in')
  await expect(login()).toContainText(as.issuer)
  const agent = await connectAgent(own.ui, 'An agent')
  expect((await agent.call('hosted_echo', {})).text).toContain('echo was run')
  await agent.close()
})

test('logs out, here and at the other side', async () => {
  const [token = ''] = as.issued
  expect(await as.scopeOf(token, upstream.url)).toBe('read')
  await button('Log out').click()
  await isIn('Needs login')
  await expect(login()).toContainText('Nobody is logged in')
  expect(await as.scopeOf(token, upstream.url)).toBeUndefined()
})
