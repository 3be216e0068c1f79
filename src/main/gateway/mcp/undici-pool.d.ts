/** The pool without the rest of undici (fetch, WebSocket, mocks, proxies), which costs 60 ms and 15 MB at start. */
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici'
}
