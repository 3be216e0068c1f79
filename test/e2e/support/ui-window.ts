import type { Page } from '@playwright/test'

/** Where the pages are shown: in a browser at `/ui/` of a headless gateway, or in the app's own window. */
export type Door = 'browser' | 'app'

/** The window's pages as a person has them before them, whichever door they came by. */
export interface Ui {
  readonly door: Door
  readonly page: Page
  /** Home folder that the gateway sees: an empty one of its own. */
  readonly home: string
  /** Its data folder. */
  readonly data: string
  /** `http://127.0.0.1:PORT/mcp` */
  readonly endpoint: string
  /** Opens a page by its place, as `/servers`. */
  goTo(place: string): Promise<void>
  /** Asks the admin API past the page, to prepare something. @throws when the answer is no success */
  ask<Answer = unknown>(method: string, path: string, body?: unknown): Promise<Answer>
  /** The page where a call that waits is decided: this one, or the approval window of the app. */
  questionPage(): Promise<Page>
  /** What the clipboard holds. */
  clipboard(): Promise<string>
  /** The text of the file that `click` saves. */
  savedBy(click: () => Promise<void>): Promise<string>
  look(theme: 'light' | 'dark', size: Size): Promise<void>
  /** What the page said that no page should say: errors, and what its content policy refused. */
  faults(): readonly string[]
  /** Ends the gateway and takes its folders away. */
  close(): Promise<void>
}

export type Size = readonly [width: number, height: number]

export interface UiOptions {
  /** Whether the window begins with the first run. Default: it was gone through. */
  readonly firstRun?: boolean
  /** Puts files into the home folder before the gateway starts. */
  readonly prepareHome?: (home: string) => Promise<void>
  /** Puts files into the data folder before the gateway starts. */
  readonly prepareData?: (data: string) => Promise<void>
}

/** Where an agent's settings would be read from, were they not taken out of the gateway's environment. */
const foreign = ['CLAUDE_CONFIG_DIR', 'CODEX_HOME', 'APPDATA', 'XDG_DATA_HOME', 'XDG_CACHE_HOME']

/** An environment whose home is this folder and nothing else. */
export function homeEnvironment(home: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('FAST_GATEWAY_') && !foreign.includes(name))
  return { ...(Object.fromEntries(kept) as Record<string, string>), HOME: home, XDG_CONFIG_HOME: `${home}/.config` }
}

/** Listens to what a page says of its own faults. A refused request is no fault: pages show it. */
export function listenForFaults(page: Page): () => readonly string[] {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text())
  })
  return () => faults
}
