import type { PluginHost } from '../../gateway/plugin'

const dayMs = 86_400_000
const hourMs = 3_600_000
const mebibyte = 1024 * 1024

/** Marks what an earlier life left unfinished, now; removes what is too old or too much, soon and then hourly. @returns the way to stop */
export function keepRetention(host: PluginHost): () => void {
  const interrupted = host.store.audit.markInterrupted()
  if (interrupted > 0) host.log.warn('Calls were under way when the gateway last ended; their outcome is unknown.', { rows: interrupted })
  // Not in the turn of the start, which has better things to do.
  const first = setTimeout(() => prune(host), 5000).unref()
  const hourly = setInterval(() => prune(host), hourMs).unref()
  return () => {
    clearTimeout(first)
    clearInterval(hourly)
  }
}

function prune(host: PluginHost): void {
  const { retention_days, max_mb } = host.config().audit
  const before = retention_days === null ? null : new Date(Date.now() - retention_days * dayMs).toISOString()
  try {
    const removed = host.store.audit.prune({ before, maxBytes: max_mb === null ? null : max_mb * mebibyte })
    if (removed > 0) host.log.info('Old audit rows were removed.', { rows: removed })
  } catch (thrown) {
    host.log.error('Old audit rows could not be removed.', { error: String(thrown) })
  }
}
