/** Milliseconds in which the download has begun to read. */
const readMs = 60_000

/** Hands a text to the person as a file: the app and the browser both ask where to. */
export function saveFile(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  Object.assign(link, { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), readMs)
}
