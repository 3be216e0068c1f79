// `node --import bench/probe.mjs …` answers `usage` on its IPC channel with what it has used; it keeps the process not alive.
process.on('message', (question) => {
  if (question !== 'usage') return
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 1024 / 1024 })
})
process.channel?.unref()
