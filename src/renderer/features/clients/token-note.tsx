import { Key } from 'lucide-react'
import { Button } from '../../ui/button'
import { CopyButton } from '../../ui/copy'
import { Notice } from '../../ui/notice'
import { forgetToken, useFreshTokens } from './fresh-tokens'

/** A new token, this once. */
export function TokenNote({ id }: { readonly id: string }) {
  const token = useFreshTokens((tokens) => tokens[id])
  if (token === undefined) return null
  return (
    <Notice
      tone="acc"
      icon={Key}
      title="Copy the token now; it is not shown again"
      action={<Button onClick={() => forgetToken(id)}>I have it</Button>}
    >
      <span className="in mono mt-2 pr-0.5!">
        <span className="grow cut" data-testid="token">
          {token}
        </span>
        <CopyButton text={token} label="Copy the token" />
      </span>
    </Notice>
  )
}
