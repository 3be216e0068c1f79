import { app, dialog, type MessageBoxOptions, type MessageBoxReturnValue } from 'electron'
import type { StartChoice, StartQuestion } from './start-failure'

/** Asks what to do about a gateway that could not start. Closing the dialog quits. */
export async function askAboutStart({ message, detail, answers }: StartQuestion): Promise<StartChoice> {
  const { response } = await ask({
    ...{ type: 'error', title: app.name, message, detail, buttons: answers.map(({ label }) => label) },
    ...{ defaultId: 0, cancelId: answers.length - 1, noLink: true },
  })
  return answers[response]?.choice ?? { kind: 'quit' }
}

/** Whether to quit although calls run. */
export async function confirmQuit(callsInFlight: number): Promise<boolean> {
  const running = callsInFlight === 1 ? '1 call is' : `${callsInFlight} calls are`
  const { response } = await ask({
    ...{ type: 'question', title: app.name, message: `${running} running` },
    detail: 'If you quit, calls have a few seconds to end and are then given up. Calls that wait for you are not run.',
    ...{ buttons: ['Quit', 'Go on'], defaultId: 1, cancelId: 1, noLink: true },
  })
  return response === 0
}

/** Milliseconds. */
const lookEveryMs = 100

/** On macOS an app that only the menu bar shows is not in front, and neither would be what it asks. */
async function ask(question: MessageBoxOptions): Promise<MessageBoxReturnValue> {
  if (process.platform === 'darwin') app.focus({ steal: true })
  // On Linux an answer is not heard before something else happens, and without a gateway nothing does for half a minute.
  const awake = setInterval(() => undefined, lookEveryMs)
  return dialog.showMessageBox(question).finally(() => clearInterval(awake))
}
