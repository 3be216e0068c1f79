// Asks a running app about itself, by the protocol of Chromium's and Node's debugger. Attached only after what is measured began.

/** @typedef {{ evaluate(expression: string): Promise<any>, close(): void }} Debugged */

/**
 * The app's first window.
 * @param {string} browser as Chromium prints it: `ws://127.0.0.1:PORT/devtools/browser/…`
 */
export async function attachToPage(browser) {
  const { host } = new URL(browser)
  for (let tries = 0; tries < 600; tries++) {
    /** @type {any} */
    const targets = await (await fetch(`http://${host}/json/list`)).json()
    const page = targets.find((/** @type {{ type: string }} */ { type }) => type === 'page')
    if (page) return attach(page.webSocketDebuggerUrl)
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error('The app opened no window within 30 s.')
}

/** @param {string} url @returns {Promise<Debugged>} */
export async function attach(url) {
  const socket = new WebSocket(url)
  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map()
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(data)
    waiting.get(answer.id)?.(answer)
  })
  await new Promise((done, fail) => {
    socket.addEventListener('open', done, { once: true })
    socket.addEventListener('error', () => fail(new Error(`Nobody answers at ${url}.`)), { once: true })
  })
  let last = 0
  return {
    async evaluate(expression) {
      const id = ++last
      const params = { expression, awaitPromise: true, returnByValue: true }
      socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }))
      const { result, error } = await new Promise((/** @type {(answer: any) => void} */ done) => waiting.set(id, done))
      waiting.delete(id)
      const failure = error ?? result.exceptionDetails
      if (failure) throw new Error(`${expression.slice(0, 80)}: ${JSON.stringify(failure).slice(0, 300)}`)
      return result.result.value
    },
    close: () => socket.close(),
  }
}
