/*
 * The reference page's own three files. They are the browser's, so they stand here as text: no build step, nothing inline.
 * URLs are relative to `/docs`, so that the page also works behind a prefix.
 */

/** The page itself. It holds nothing of this gateway: what there is to read comes with the token. */
export const indexHtml = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Fast Gateway admin API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="stylesheet" href="docs/docs.css">
    <script src="docs/swagger-ui-bundle.js" defer></script>
    <script src="docs/docs.js" defer></script>
  </head>
  <body>
    <form id="ask" hidden>
      <h1>Fast Gateway admin API</h1>
      <p id="why" role="status"></p>
      <label for="token">Admin token</label>
      <input id="token" type="password" autocomplete="off" spellcheck="false" required>
      <button type="submit">Show the reference</button>
      <p>It is the <code>admin_token</code> of the configuration, or lies in a file beside it. It stays in this tab.</p>
    </form>
    <main id="reference"></main>
    <noscript>This page needs JavaScript. The description itself is at <code>/openapi.json</code>, for the admin token.</noscript>
  </body>
</html>
`

export const docsCss = `body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; }
#ask { max-width: 26rem; margin: 12vh auto; padding: 0 1rem; display: grid; gap: 0.75rem; }
#ask[hidden] { display: none; }
#ask h1 { font-size: 1.5rem; margin: 0; }
#ask p { margin: 0; color: #59636e; }
#ask #why:empty { display: none; }
#ask #why { color: #b3261e; }
#ask input, #ask button { font: inherit; padding: 0.5rem 0.75rem; border: 1px solid #8c959f; border-radius: 6px; }
#ask button { border-color: #0b57d0; background: #0b57d0; color: #fff; cursor: pointer; }
#ask :focus-visible { outline: 2px solid #0b57d0; outline-offset: 2px; }
`

/** Takes the token from the address or asks for it, then shows the description with Swagger UI. */
export const docsJs = `'use strict'
;(() => {
  const key = 'fast-gateway-admin-token'
  const form = document.getElementById('ask')
  const field = document.getElementById('token')

  const takeFromAddress = () => {
    const token = new URLSearchParams(location.hash.slice(1)).get('token')
    if (!token) return
    sessionStorage.setItem(key, token)
    // The token must not stay in the address bar, the history or a copied link.
    history.replaceState(null, '', location.pathname + location.search)
  }

  const ask = (why) => {
    document.getElementById('why').textContent = why
    form.hidden = false
    field.focus()
  }

  const show = (description, token) => {
    form.hidden = true
    description.servers = description.servers.map((server) => ({ url: new URL(server.url, document.baseURI).href }))
    const ui = SwaggerUIBundle({
      spec: description,
      dom_id: '#reference',
      validatorUrl: null,
      deepLinking: false,
      docExpansion: 'list',
      onComplete: () => ui.preauthorizeApiKey('admin', token),
    })
  }

  const load = async () => {
    const token = sessionStorage.getItem(key)
    if (!token) return ask('')
    const answer = await fetch('openapi.json', { headers: { authorization: 'Bearer ' + token }, cache: 'no-store' })
    if (answer.ok) return show(await answer.json(), token)
    sessionStorage.removeItem(key)
    if (answer.status === 401 || answer.status === 403) return ask('The gateway does not take this token.')
    ask('The gateway answered ' + answer.status + '; see its log.')
  }

  const start = () => load().catch(() => ask('The gateway does not answer.'))

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    sessionStorage.setItem(key, field.value.trim())
    field.value = ''
    start()
  })
  takeFromAddress()
  start()
})()
`
