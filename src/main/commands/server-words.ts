import type { ServerView, UpstreamState } from '../../shared/records'
import { count, visible, type Cell, type Style } from './text'

const styles: Readonly<Record<UpstreamState, Style>> = {
  disabled: 'dim',
  needs_trust: 'yellow',
  needs_login: 'yellow',
  connecting: 'yellow',
  ready: 'green',
  degraded: 'yellow',
  failed: 'red',
}

export const stateCell = (state: UpstreamState): Cell => ({ text: state, style: styles[state] })

/** Where a server is: its URL, or its command in short. */
export const addressOf = ({ url, command, args }: Pick<ServerView, 'url' | 'command' | 'args'>): string =>
  url ?? [command ?? '', ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')

/** What a server's state means and what to do about it. */
export function stateSentence({ name, auth, state, state_reason: reason, tool_count: tools }: ServerView): string {
  const why = reason === null ? '' : ` ${visible(reason)}`
  switch (state) {
    case 'ready':
      return `${name} is ready with ${count(tools, 'tool')}. Agents that are connected see them now.`
    case 'needs_trust':
      return `${name} waits for trust: look at its command and confirm it with "fast-gateway trust ${name}".`
    case 'needs_login':
      if (auth === 'oauth') return `${name} wants a login. Next: fast-gateway login ${name}`
      return `${name} wants a login.${why} Remove it, then add it with --oauth, or with a token: --header 'Authorization=Bearer \${env:TOKEN}'`
    case 'disabled':
      return `${name} is disabled; "fast-gateway enable ${name}" switches it on.`
    case 'connecting':
      return `${name} is still connecting; "fast-gateway list" shows how it goes.`
    case 'degraded':
      return `${name} is degraded; its last known tools are served.${why}`
    case 'failed':
      return `${name} does not answer.${why} It is tried again and again; "fast-gateway test ${name}" tries it now.`
  }
}
