import { diffLines } from 'diff'
import { VisibleText } from './visible-text'

/** Lines around a change that are shown; longer stretches are folded. */
const around = 3

interface DiffLine {
  readonly sign: '+' | '-' | ' ' | '…'
  readonly text: string
}

function linesOf(before: string, after: string): readonly DiffLine[] {
  return diffLines(before, after).flatMap(({ value, added, removed }, index, parts) => {
    const texts = value.replace(/\n$/, '').split('\n')
    if (added || removed) return texts.map((text): DiffLine => ({ sign: added ? '+' : '-', text }))
    const kept = texts.map((text): DiffLine => ({ sign: ' ', text }))
    return folded(kept, index > 0, index < parts.length - 1)
  })
}

/** What did not change, without its middle; at an end of the file, without that end. */
function folded(lines: readonly DiffLine[], afterChange: boolean, beforeChange: boolean): readonly DiffLine[] {
  const [head, tail] = [afterChange ? around : 0, beforeChange ? around : 0]
  if (lines.length <= head + tail + 1) return lines
  const gap: DiffLine = { sign: '…', text: `${lines.length - head - tail} lines` }
  return [...lines.slice(0, head), gap, ...(tail === 0 ? [] : lines.slice(-tail))]
}

const looks: Readonly<Partial<Record<DiffLine['sign'], string>>> = { '+': 'add', '-': 'del', '…': 'c' }

/** Two texts, line by line; what is gone in red, what is new in green, with a sign for each. */
export const Diff = ({ before, after, label }: { readonly before: string; readonly after: string; readonly label: string }) => (
  <pre className="code max-h-[360px] overflow-auto" tabIndex={0} aria-label={label}>
    {linesOf(before, after).map(({ sign, text }, index) => (
      <span key={index} className={looks[sign]}>
        {sign} <VisibleText>{text}</VisibleText>
        {'\n'}
      </span>
    ))}
  </pre>
)
