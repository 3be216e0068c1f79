import { Key, Lock } from 'lucide-react'
import { VisibleText } from './visible-text'

const reference = /(\$\{(?:keychain|env|file|var):[^{}]+\})/

/** A setting's value with its references as pills: `Bearer` and `keychain:stripe_key`. */
export const SettingValue = ({ value }: { readonly value: string }) =>
  value.split(reference).map((part, index) =>
    reference.test(part) ? (
      <span key={index} className="secret">
        <Key className="i" aria-hidden />
        {part.slice(2, -1)}
      </span>
    ) : (
      part !== '' && (
        <span key={index} className="mono">
          <VisibleText>{part}</VisibleText>
        </span>
      )
    ),
  )

/** Something that was masked before it came here. */
export const Redacted = ({ what }: { readonly what: string }) => (
  <span className="secret">
    <Lock className="i" aria-hidden />
    {what}
  </span>
)
