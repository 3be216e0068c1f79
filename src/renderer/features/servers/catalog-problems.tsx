import { VisibleText } from '../../ui/visible-text'
import { count } from '../../ui/numbers'

/** What a server offers and the gateway could not take over, and why; nothing where there is nothing. */
export function CatalogProblems({ problems }: { readonly problems: readonly string[] }) {
  if (problems.length === 0) return null
  return (
    <details>
      <summary className="small wait">{count(problems.length, 'thing')} that it offers could not be taken over</summary>
      <ul className="small t2 mt-2 list-disc pl-5">
        {problems.map((problem, index) => (
          <li key={index} className="wrap-anywhere">
            <VisibleText>{problem}</VisibleText>
          </li>
        ))}
      </ul>
    </details>
  )
}
