import type { ReactNode } from 'react'
import type { ServerView } from '../../../shared/records'
import { Badge } from '../../ui/badge'
import { CopyButton } from '../../ui/copy'
import { Dot } from '../../ui/dot'
import { SettingValue } from '../../ui/secret'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { CommandLines, Fingerprint } from './command-lines'
import { lineOf } from './command-line'
import { diffLines } from './command-diff'
import { serverStates } from './server-states'

const transports = { http: 'Streamable HTTP', sse: 'HTTP with SSE, the older one', stdio: 'stdio', builtin: 'Built in' } as const
const sharings = { shared: 'One for all sessions', per_session: 'One for each session' } as const
const signIns = { none: 'By its headers', oauth: 'OAuth', oauth_client_credentials: 'OAuth, as the gateway itself' } as const

/** How a server is reached; of a command every word of it. */
export function ConnectionSection({ server }: { readonly server: ServerView }) {
  const { dot, word } = serverStates[server.state]
  const isRemote = server.transport === 'http' || server.transport === 'sse'
  return (
    <>
      {server.transport === 'stdio' && <CommandSection server={server} />}
      <div>
        <h2 className="sect">Connection</h2>
        <dl className="dl">
          <dt>State</dt>
          <dd className="row">
            <Dot state={dot} label={word} />
            <span>
              {word} <span className="t3">for</span> <Ago at={server.state_since} />
            </span>
          </dd>
          <dt>Transport</dt>
          <dd>{transports[server.transport]}</dd>
          {isRemote && <Entry label="Address" value={<SettingValue value={server.url ?? ''} />} />}
          {isRemote && server.auth !== 'none' && <Entry label="Sign-in" value={signIns[server.auth]} />}
          {isRemote && <Entry label="Headers" value={<Pairs pairs={server.static_headers} />} />}
          <dt>Connections</dt>
          <dd>{sharings[server.sharing]}</dd>
          <dt>Time-out</dt>
          <dd className="num">{server.timeout_seconds} s without a word</dd>
          {server.tags.length > 0 && <Entry label="Tags" value={<Tags tags={server.tags} />} />}
        </dl>
      </div>
    </>
  )
}

const Entry = ({ label, value }: { readonly label: string; readonly value: ReactNode }) => (
  <>
    <dt>{label}</dt>
    <dd>{value}</dd>
  </>
)

const Tags = ({ tags }: { readonly tags: readonly string[] }) => (
  <span className="pick">
    {tags.map((tag) => (
      <Badge key={tag}>
        <VisibleText>{tag}</VisibleText>
      </Badge>
    ))}
  </span>
)

/** Names and values, one below the other; references as pills. */
export function Pairs({ pairs }: { readonly pairs: Readonly<Record<string, string>> }) {
  const entries = Object.entries(pairs)
  if (entries.length === 0) return <span className="t3">None</span>
  return entries.map(([name, value]) => (
    <div key={name} className="row flex-wrap gap-x-2! gap-y-0!">
      <span className="mono">
        <VisibleText>{name}</VisibleText>
      </span>
      <SettingValue value={value} />
    </div>
  ))
}

function CommandSection({ server }: { readonly server: ServerView }) {
  const words = [server.command ?? '', ...server.args]
  return (
    <div>
      <h2 className="sect">
        Command
        <span className="end -my-1">
          <CopyButton text={lineOf(server.command ?? '', server.args)} label="Copy command" />
        </span>
      </h2>
      <CommandLines lines={diffLines(words, words)} />
      <dl className="dl mt-3">
        <dt>Variables</dt>
        <dd>
          <Pairs pairs={server.env} />
        </dd>
        <dt>Folder</dt>
        <dd>{server.cwd === null ? <span className="t3">That of the gateway</span> : <SettingValue value={server.cwd} />}</dd>
        {server.trust_hash !== null && (
          <>
            <dt>{server.trusted ? 'Trusted' : 'Not trusted'}</dt>
            <dd>
              <Fingerprint hash={server.trust_hash} />
            </dd>
          </>
        )}
      </dl>
    </div>
  )
}
