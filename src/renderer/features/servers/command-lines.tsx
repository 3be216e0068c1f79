import { VisibleText } from '../../ui/visible-text'
import type { DiffLine } from './command-diff'

/** A program and each argument on a line of its own, never cut; what came is green, what went is red and struck through. */
export const CommandLines = ({ lines }: { readonly lines: readonly DiffLine[] }) => (
  <ol className="argv code break-all whitespace-pre-wrap! px-0! py-1!" aria-label="Program and arguments, one on each line">
    {lines.map(({ kind, text }, index) => (
      <li key={index} className={kind === 'same' ? '' : kind}>
        <Line kind={kind} text={text} />
      </li>
    ))}
  </ol>
)

function Line({ kind, text }: DiffLine) {
  const words = text === '' ? <span className="t3">empty text</span> : <VisibleText>{text}</VisibleText>
  if (kind === 'del') return <del className="no-underline">{words}</del>
  return kind === 'add' ? <ins className="no-underline">{words}</ins> : <span>{words}</span>
}

/** What identifies a command: its program, arguments, variables and folder. */
export function Fingerprint({ hash }: { readonly hash: string }) {
  const groups = hash.match(/.{1,4}/g) ?? [hash]
  return (
    <code title={hash}>
      {groups.slice(0, 3).join(' ')} … {groups.at(-1)}
    </code>
  )
}
