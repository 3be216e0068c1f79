import { VisibleText } from '../../ui/visible-text'
import { Badge } from '../../ui/badge'
import { hasGlob, type RuleText } from './rule-text'

/** A rule as it reads: its patterns with what is open in them marked, and its conditions. */
export function Glob({ text, dead }: { readonly text: RuleText; readonly dead?: boolean }) {
  if (!hasGlob(text)) return <div className="cut t2">{text.glob}</div>
  return (
    <div className="cut">
      <span className={dead ? 'glob t3' : 'glob'}>
        <Pattern text={text.glob} />
      </span>{' '}
      {text.conditions.map((condition) => (
        <Badge key={condition}>
          <VisibleText>{condition}</VisibleText>
        </Badge>
      ))}
    </div>
  )
}

function Pattern({ text }: { readonly text: string }) {
  const [server = '', tool = ''] = text.split(' : ')
  return (
    <>
      <Stars text={server} />
      <em>:</em>
      <Stars text={tool} />
    </>
  )
}

const Stars = ({ text }: { readonly text: string }) =>
  text.split(/([*?]+)/).map((part, index) => (index % 2 === 1 ? <u key={index}>{part}</u> : <VisibleText key={index}>{part}</VisibleText>))
