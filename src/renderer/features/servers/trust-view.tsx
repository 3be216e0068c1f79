import { Shield, Undo2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ServerView } from '../../../shared/records'
import { mayDecide } from '../../door'
import { Badge } from '../../ui/badge'
import { Button } from '../../ui/button'
import { Notice } from '../../ui/notice'
import { count } from '../../ui/numbers'
import { SettingValue } from '../../ui/secret'
import { Ago } from '../../ui/time'
import { VisibleText } from '../../ui/visible-text'
import { useArmed } from '../approvals/decide'
import { diffLines, diffPairs, isSameCommand, type ChangedPair } from './command-diff'
import { CommandLines, Fingerprint } from './command-lines'
import type { ServerActions } from './use-server-actions'

interface TrustProps {
  readonly server: ServerView
  readonly actions: ServerActions
}

/** The whole command of a server, compared with what was trusted before, and the decision whether it may run. */
export function TrustView({ server, actions }: TrustProps) {
  const trusted = server.trusted_command ?? null
  const words = [server.command ?? '', ...server.args]
  const lines = diffLines(trusted === null ? words : [trusted.command, ...trusted.args], words)
  const changes = lines.filter(({ kind }) => kind !== 'same').length
  return (
    <>
      <Notice tone="wait" icon={Shield} title="Trust this command before it runs">
        {history(server)} It runs with your user’s rights, so read every line.
      </Notice>
      <div>
        <h2 className="sect">
          Command
          {changes > 0 && (
            <Badge tone="bad" className="end">
              {count(changes, 'line')} changed
            </Badge>
          )}
        </h2>
        <CommandLines lines={lines} />
      </div>
      <Surroundings server={server} />
      <Decision server={server} actions={actions} />
    </>
  )
}

function history(server: ServerView): string {
  const trusted = server.trusted_command ?? null
  if (trusted === null) return 'It was never trusted here.'
  if (isSameCommand(server, trusted)) return 'You trusted this very command before; it was another one in between.'
  return 'It changed since you trusted it.'
}

function Surroundings({ server }: { readonly server: ServerView }) {
  const trusted = server.trusted_command ?? null
  const pairs = diffPairs(trusted?.env ?? server.env, server.env)
  const folder = { name: 'Folder', before: trusted === null ? server.cwd : trusted.cwd, after: server.cwd }
  return (
    <div className="grow">
      <h2 className="sect">Where and with what</h2>
      <dl className="dl">
        <dt>Folder</dt>
        <dd>
          <Change pair={folder} absent="That of the gateway" />
        </dd>
        {pairs.map((pair) => (
          <div key={pair.name} className="contents">
            <dt className="mono wrap-anywhere">
              <Name>{pair.name}</Name>
            </dt>
            <dd>
              <Change pair={pair} absent="not passed on any more" />
            </dd>
          </div>
        ))}
        <dt>Passed on</dt>
        <dd>
          <code>HOME PATH LANG</code> <span className="t3">and their like, nothing else of your environment</span>
        </dd>
        {server.trust_hash !== null && (
          <>
            <dt>Fingerprint</dt>
            <dd>
              <Fingerprint hash={server.trust_hash} />
            </dd>
          </>
        )}
        <dt>Last changed</dt>
        <dd>
          <Ago at={server.updated_at} suffix=" ago" />
        </dd>
      </dl>
    </div>
  )
}

/** A variable's name, which may go on in the next line after an underscore. */
const Name = ({ children }: { readonly children: string }) =>
  children.split(/(?<=_)/).map((part, index) => (
    <span key={index}>
      <VisibleText>{part}</VisibleText>
      <wbr />
    </span>
  ))

/** What a setting was, struck through, and what it is. */
function Change({ pair: { before, after }, absent }: { readonly pair: ChangedPair; readonly absent: string }) {
  const now =
    after === null ? (
      <span className="t3">{absent}</span>
    ) : after === '' ? (
      <span className="t3">empty text</span>
    ) : (
      <SettingValue value={after} />
    )
  if (before === after) return now
  return (
    <>
      {before !== null && (
        <del className="rounded-badge bg-bad-tint text-bad-text px-1">
          <SettingValue value={before} />
        </del>
      )}{' '}
      <ins className="rounded-badge bg-ok-tint px-1 no-underline">{now}</ins>
    </>
  )
}

function Decision({ server, actions }: TrustProps) {
  const hash = server.trust_hash ?? ''
  const armed = useArmed(`${server.id} ${hash}`)
  const inert = !armed || actions.busy
  const trusted = server.trusted_command
  if (!mayDecide())
    return (
      <div className="decide">
        <p className="small t2">
          To trust it here, open this page anew and give the approver credential that the gateway showed at its start.
        </p>
      </div>
    )
  return (
    <div className="decide row">
      <KeepOff server={server} actions={actions} />
      {trusted && !isSameCommand(server, trusted) && (
        <Button icon={Undo2} disabled={actions.busy} title="The command that you trusted before" onClick={() => actions.restore(trusted)}>
          Restore
        </Button>
      )}
      <Button
        look="primary"
        className={armed ? 'end' : 'end arming'}
        aria-disabled={inert}
        onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        onClick={() => !inert && actions.trust(hash)}
      >
        Trust and start
      </Button>
    </div>
  )
}

/** The safe choice; it takes the focus unless somebody is moving through the list. */
function KeepOff({ server, actions }: TrustProps) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (document.activeElement === document.body) button.current?.focus()
  }, [])
  return (
    <Button ref={button} disabled={actions.busy} onClick={() => actions.change({ enabled: false }, `${server.name} stays off`)}>
      Keep it off
    </Button>
  )
}
