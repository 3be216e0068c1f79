import { useState } from 'react'
import { ExternalLink, LoaderCircle, LogIn, LogOut } from 'lucide-react'
import type { Authorization, Login } from '../../../shared/logins'
import type { ServerView } from '../../../shared/records'
import { door } from '../../door'
import { api, messageOf, read } from '../../gateway'
import { refresh, useLive } from '../../store'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import { ErrorNotice } from '../../ui/notice'
import { Ago, fullTime, left, useNow } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { openLoginPage, opensItself, useServerLogin, type ServerLogin } from './logins'

/** How the gateway is known to a server that wants OAuth, and the way in and out. Nothing for the others. */
export function LoginSection({ server }: { readonly server: ServerView }) {
  const { data } = useLive('authorizations')
  const login = useServerLogin(server.id)
  const authorization = data?.find(({ server_id }) => server_id === server.id)
  if (authorization) return <Known authorization={authorization} login={login} />
  return server.state === 'needs_login' && server.auth === 'none' ? <ChooseOAuth server={server} login={login} /> : null
}

function Known({ authorization, login: actions }: { readonly authorization: Authorization; readonly login: ServerLogin }) {
  const { login, error, start } = actions
  const current = login?.state === 'waiting' || login?.state === 'finishing' ? login : undefined
  return (
    <section aria-label="Login">
      <h3 className="sect">
        Login
        {!current && <Action authorization={authorization} login={actions} />}
      </h3>
      {current ? <OnItsWay login={current} actions={actions} /> : <Facts authorization={authorization} />}
      {login?.state === 'failed' && <ErrorNotice title="The login failed" error={login.error ?? ''} onRetry={start} />}
      {error !== undefined && <ErrorNotice title="That was not done" error={error} />}
    </section>
  )
}

/** It asked who we are, and nobody has said how: most such servers speak OAuth. */
function ChooseOAuth({ server, login }: { readonly server: ServerView; readonly login: ServerLogin }) {
  const [error, setError] = useState<string>()
  const choose = () =>
    void read(api.admin.servers[':id'].$patch({ param: { id: server.id }, json: { auth: 'oauth' } }))
      .then(() => refresh('authorizations'))
      .then(login.start)
      .catch((thrown: unknown) => setError(messageOf(thrown)))
  return (
    <section aria-label="Login">
      <h3 className="sect">
        Login
        <Button small look="primary" icon={LogIn} className="ml-auto" disabled={login.busy} onClick={choose}>
          Log in with OAuth
        </Button>
      </h3>
      <p className="small t3">Your browser opens its login page; the tokens are kept in the keychain.</p>
      {error !== undefined && <ErrorNotice title="That was not done" error={error} />}
    </section>
  )
}

function Action({ authorization, login }: { readonly authorization: Authorization; readonly login: ServerLogin }) {
  if (authorization.state === 'on_demand') return null
  const isIn = authorization.state === 'logged_in'
  return (
    <span className="row ml-auto">
      {isIn && (
        <Button small look="quiet" icon={LogOut} disabled={login.busy} onClick={login.logout}>
          Log out
        </Button>
      )}
      {(!isIn || authorization.missing_scopes.length > 0) && (
        <Button small look="primary" icon={LogIn} disabled={login.busy} onClick={login.start}>
          {login.busy ? 'Asking…' : isIn ? 'Log in with more rights' : 'Log in'}
        </Button>
      )}
    </span>
  )
}

function OnItsWay({ login, actions }: { readonly login: Login; readonly actions: ServerLogin }) {
  const now = useNow()
  return (
    <div className="panel px-3 py-2" role="status">
      <p className="row">
        <LoaderCircle className="i animate-spin" aria-hidden />
        <span className="grow">
          {login.state === 'waiting' ? 'It waits for you in your browser' : 'You are back; the rest takes a moment'}
        </span>
        <span className="small t3 num">{left(login.expires_at, now)}</span>
      </p>
      <div className="row mt-2">
        <PageLink login={login} />
        <Button small className="ml-auto" onClick={actions.cancel}>
          Cancel
        </Button>
      </div>
    </div>
  )
}

/** The way to the page again; an address that the app does not open itself is there to be copied. */
function PageLink({ login }: { readonly login: Login }) {
  if (opensItself(login))
    return (
      <Button small icon={ExternalLink} onClick={() => void openLoginPage(login)}>
        Open the page again
      </Button>
    )
  const isWeb = /^https?:\/\//.test(login.authorization_url)
  return (
    <>
      {door.kind === 'browser' && isWeb && (
        <a className="btn sm" href={login.authorization_url} target="_blank" rel="noreferrer noopener">
          <ExternalLink className="i s" aria-hidden />
          Open the login page
        </a>
      )}
      <CopyButton text={login.authorization_url} label="Copy the address of the login page" words="Copy its address" look="default" />
    </>
  )
}

const stateWords: Readonly<Record<Authorization['state'], string>> = {
  logged_in: 'You are logged in',
  needs_login: 'Nobody is logged in',
  on_demand: 'With its client secret, whenever a token is needed',
}

function Facts({ authorization }: { readonly authorization: Authorization }) {
  const { state, issuer, scopes, missing_scopes, logged_in_at, expires_at, refreshable } = authorization
  return (
    <dl className="dl">
      <dt>State</dt>
      <dd>
        {stateWords[state]}
        {logged_in_at !== null && (
          <>
            {' '}
            since <Ago at={logged_in_at} suffix=" ago" />
          </>
        )}
      </dd>
      {issuer !== null && (
        <>
          <dt>By</dt>
          <dd className="mono">
            <VisibleText>{issuer}</VisibleText>
          </dd>
        </>
      )}
      {scopes.length > 0 && (
        <>
          <dt>Rights</dt>
          <dd>
            <VisibleText>{scopes.join(' ')}</VisibleText>
          </dd>
        </>
      )}
      {missing_scopes.length > 0 && (
        <>
          <dt>Missing</dt>
          <dd className="wait">
            <VisibleText>{missing_scopes.join(' ')}</VisibleText>
          </dd>
        </>
      )}
      {state === 'logged_in' && (
        <>
          <dt>Token</dt>
          <dd>
            {refreshable
              ? 'Renewed by itself'
              : expires_at === null
                ? 'Not renewed'
                : `Ends ${fullTime(expires_at)}; then you log in again`}
          </dd>
        </>
      )}
    </dl>
  )
}
