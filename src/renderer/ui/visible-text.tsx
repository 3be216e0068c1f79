import { splitHidden } from '../../shared/hidden-text'

/** Text from outside, as text; what would not be seen, or would turn the rest around, is shown as its code point. */
export const VisibleText = ({ children }: { readonly children: string }) =>
  splitHidden(children).map((part, index) =>
    part.hidden ? (
      <span key={index} className="cp" title={part.name}>
        {part.text}
      </span>
    ) : (
      part.text
    ),
  )
