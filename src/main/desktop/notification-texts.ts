import type { HeldChange } from '../../shared/changes'
import type { Approval, ServerView } from '../../shared/records'
import { foreignText } from './foreign-text'

/** What a notification says. Plain text: whoever shows it escapes it. */
export interface NotificationText {
  readonly title: string
  readonly body: string
}

/** Of one name within a sentence. */
const longestName = 64

const name = (text: string) => foreignText(text, longestName)

/** `Claude Code wants to run delete_repo on github` */
export const approvalText = ({ client, tool, server }: Pick<Approval, 'client' | 'tool' | 'server'>): NotificationText => ({
  title: 'A call waits for you',
  body: foreignText(`${name(client)} wants to run ${name(tool)} on ${name(server)}`),
})

/** For more than anybody wants to hear of one by one. */
export const bundleText = (what: 'call' | 'change', waiting: number): NotificationText => ({
  title: what === 'call' ? 'Calls wait for you' : 'Programs want to change the gateway',
  body: waiting === 1 ? `1 ${what} waits` : `${waiting} ${what}s wait`,
})

export const changeText = ({ title }: Pick<HeldChange, 'title'>): NotificationText => ({
  title: 'A program wants to change the gateway',
  body: foreignText(`${title}. Nothing happens before you confirm it.`),
})

/** What a server needs of the person. */
export const serverText = ({ name: server, state }: Pick<ServerView, 'name' | 'state'>): NotificationText =>
  state === 'needs_login'
    ? { title: 'A server needs you to log in', body: `${name(server)} answers again once you have logged in.` }
    : { title: 'A server needs your trust', body: `${name(server)} starts once you have confirmed its command.` }

/** Once in the life of an installation. */
export const stillRunningText: NotificationText = {
  title: 'Fast Gateway goes on',
  body: 'Its window is closed; the gateway stays in the tray. Quit it there.',
}

/** @param client that was made for it; null where nobody needs a token */
export const connectText = (client: string | null): NotificationText => ({
  title: 'Copied',
  body: `Paste it into a terminal to connect Claude Code.${client === null ? '' : ` It holds the token of the new client ${client}.`}`,
})
