/** Percent signs may stand for percent signs so many times; a URI that goes on beyond that is meant to deceive. */
const deepestEncoding = 3
const encoded = /(?:%[0-9a-f]{2})+/gi
/** `..` and `.` as whole segments, which whoever reads the URI may follow out of the folder that a rule names. */
const dotSegment = /\/\.{1,2}(?=[/?#]|$)/
const start = /^[a-z][a-z0-9+.-]*:\/\//i

/**
 * A URI as the server behind it may read it: percent signs decoded, backslashes and repeated slashes made one slash. Rules are asked
 * about both forms, since a rule about `file:///etc/*` is about `file:///%65tc//passwd` too.
 * @returns undefined for a URI with dot segments, encoded or not, of which no rule can say where it leads
 */
export function plainUri(uri: string): string | undefined {
  let plain = uri
  for (let round = 0; plain.includes('%'); round++) {
    const before = plain
    plain = plain.replace(encoded, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
    if (plain === before) break
    if (round === deepestEncoding) return undefined
  }
  plain = plain.replaceAll('\\', '/')
  if (dotSegment.test(plain)) return undefined
  const behind = start.exec(plain)?.[0].length ?? 0
  return plain.slice(0, behind) + plain.slice(behind).replace(/\/{2,}/g, '/')
}
