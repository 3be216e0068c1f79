import { ChevronRight, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { countHidden, splitHidden } from '../../shared/hidden-text'
import { Badge } from './badge'
import { classes } from './classes'
import { bytes, count } from './numbers'
import { Redacted } from './secret'
import { VisibleText } from './visible-text'

/** Arguments of a call, and those of earlier approved calls of the same tool to compare with. */
interface Arguments {
  readonly values: Readonly<Record<string, unknown>>
  readonly earlier?: readonly Readonly<Record<string, unknown>>[]
}

/** Characters beyond which a text is folded to its head and tail; it is never cut. */
const foldedFrom = 400
const headChars = 120
const tailChars = 40

/** Everything that a call would be given, as text. Hidden characters are flagged, values new against earlier calls marked. */
export function ArgumentTree({ values, earlier = [] }: Arguments) {
  const entries = Object.entries(values)
  if (entries.length === 0) return <p className="small t3 px-4 py-2">No arguments</p>
  return (
    <div className="tree" role="tree" aria-label="Arguments">
      {entries.map(([key, value]) => (
        <Argument key={key} name={key} value={value} depth={0} known={earlier.length === 0 ? null : earlier.map((each) => each[key])} />
      ))}
    </div>
  )
}

/** What stands over the tree: flags, news, fields. */
export function ArgumentSummary({ values, earlier = [] }: Arguments) {
  const flags = countHidden(
    JSON.stringify(values).replaceAll(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
  )
  const news =
    earlier.length === 0
      ? 0
      : Object.entries(values).filter(([key, value]) =>
          isNew(
            value,
            earlier.map((each) => each[key]),
          ),
        ).length
  return (
    <div className="ap-args-h">
      <span>Arguments</span>
      {flags > 0 && (
        <Badge tone="bad" icon={TriangleAlert}>
          {count(flags, 'hidden character')}
        </Badge>
      )}
      {news > 0 && <Badge tone="acc">{count(news, 'new value')}</Badge>}
      <span className="ml-auto">{count(Object.keys(values).length, 'field')}</span>
    </div>
  )
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
/** Redacted values cannot be compared: they are not called new. */
const isNew = (value: unknown, known: readonly unknown[]) =>
  !known.some((each) => same(each, value) || /\[redacted/i.test(JSON.stringify(each) ?? ''))

interface ArgumentProps {
  readonly name: string
  readonly value: unknown
  readonly depth: number
  /** Values in earlier approved calls; null: nothing to compare with. */
  readonly known: readonly unknown[] | null
}

/** What the gateway writes in the place of a secret. */
const redactedMark = '[redacted]'
/** Levels shown indented; deeper ones are shown as their JSON. */
const deepest = 6

function Argument({ name, value, depth, known }: ArgumentProps) {
  const children = depth < deepest ? childrenOf(value) : null
  const mark = markOf(name, children ? '' : textOf(value), depth === 0 && known !== null && isNew(value, known) ? known : null)
  return (
    <>
      <div
        role="treeitem"
        aria-level={depth + 1}
        aria-selected={false}
        className={classes('arg', depth > 0 && 'sub', mark?.look)}
        style={depth > 1 ? { paddingLeft: 16 + depth * 16 } : undefined}
      >
        <span className="key wrap-anywhere">
          <VisibleText>{name}</VisibleText>
        </span>
        <span className={classes('val', children !== null && 'c')}>
          {children ? <Extent value={value} /> : <Value value={value} />}
          {mark && <span className="why">{mark.why}</span>}
        </span>
      </div>
      {children?.map(([key, child]) => (
        <Argument key={key} name={key} value={child} depth={depth + 1} known={null} />
      ))}
    </>
  )
}

/** Hidden characters go before news: one mark for a row. */
function markOf(
  name: string,
  text: string,
  news: readonly unknown[] | null,
): { readonly look: 'flag' | 'new'; readonly why: string } | null {
  if (countHidden(name + text) > 0) return { look: 'flag', why: whyFlagged(name + text) }
  return news === null ? null : { look: 'new', why: whyNew(news) }
}

function childrenOf(value: unknown): readonly (readonly [string, unknown])[] | null {
  if (typeof value !== 'object' || value === null) return null
  const entries = Object.entries(value)
  return entries.length === 0 ? null : entries
}

const Extent = ({ value }: { readonly value: unknown }) =>
  Array.isArray(value) ? <span>{count(value.length, 'item')}</span> : <span>{count(Object.keys(value as object).length, 'field')}</span>

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

function Value({ value }: { readonly value: unknown }) {
  const text = textOf(value)
  if (text === '') return <span className="t3">empty text</span>
  if (text === redactedMark) return <Redacted what="secret, removed" />
  return text.length > foldedFrom ? (
    <Folded text={text} />
  ) : (
    <span className="whitespace-pre-wrap">
      <VisibleText>{text}</VisibleText>
    </span>
  )
}

function Folded({ text }: { readonly text: string }) {
  const [open, setOpen] = useState(false)
  const size = new TextEncoder().encode(text).length
  const left = size - headChars - tailChars
  if (open)
    return (
      <span className="fold">
        <VisibleText>{text}</VisibleText>
      </span>
    )
  return (
    <>
      <span className="fold">
        <VisibleText>{text.slice(0, headChars)}</VisibleText>
      </span>
      <button type="button" className="fold-btn" onClick={() => setOpen(true)}>
        <span>
          <ChevronRight className="i s" aria-hidden />
          Show {bytes(left)} more of {bytes(size)}
        </span>
      </button>
      <span className="fold">
        <VisibleText>{text.slice(-tailChars)}</VisibleText>
      </span>
    </>
  )
}

function whyFlagged(text: string): string {
  const names = new Set(splitHidden(text).flatMap((part) => (part.hidden ? [part.name] : [])))
  return [...names].join('. ')
}

function whyNew(known: readonly unknown[]): string {
  const last = known.find((each) => each !== undefined)
  if (last === undefined) return `New here. The last ${count(known.length, 'approved call')} did not have it`
  const text = textOf(last)
  return `New here. Approved calls used ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`
}
