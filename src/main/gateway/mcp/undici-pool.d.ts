/** The pool without the rest of undici (fetch, WebSocket, mocks, proxies), which costs 60 ms and 15 MB at start. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'
  export default Pool
}
