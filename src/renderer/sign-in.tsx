import { useState, type ReactNode } from 'react'
import { credentials, setCredential } from './door'
import { api, GatewayProblem, messageOf, read } from './gateway'
import { Button } from './ui/button'
import { Field, TextInput } from './ui/field'
import { Glyph } from './ui/glyph'

/** In a browser the page needs the admin token, and to decide the approver's credential. Both stay in this tab. */
export function SignIn({ children }: { readonly children: ReactNode }) {
  const [inside, setInside] = useState(() => credentials().admin !== null)
  if (inside) return children
  return (
    <main className="grid h-screen place-items-center bg-surface">
      <Credentials onDone={() => setInside(true)} />
    </main>
  )
}

function Credentials({ onDone }: { onDone(): void }) {
  const [admin, setAdmin] = useState('')
  const [approver, setApprover] = useState('')
  const [error, setError] = useState<string>()
  const enter = () => {
    setCredential('admin', admin.trim())
    setCredential('approver', approver.trim() === '' ? null : approver.trim())
    read(api.admin.status.$get()).then(onDone, (thrown: unknown) => {
      setCredential('admin', null)
      const wrong = thrown instanceof GatewayProblem && thrown.status === 401
      setError(wrong ? 'That is not the admin token; it is in the file admin-token beside the config.' : messageOf(thrown))
    })
  }
  return (
    <form
      className="w-[400px] max-w-full p-6"
      onSubmit={(event) => {
        event.preventDefault()
        enter()
      }}
    >
      <div className="row mb-6">
        <Glyph size={24} />
        <h1 className="text-[20px] font-semibold">Fast Gateway</h1>
      </div>
      <Token label="Admin token" required value={admin} onChange={setAdmin} error={error} help={adminHelp} />
      <Token
        label="Approver credential"
        hint="to decide calls and trust commands"
        value={approver}
        onChange={setApprover}
        help={approverHelp}
      />
      <Button look="primary" type="submit" className="mt-6 w-full">
        Open
      </Button>
      <p className="small t3 mt-3">Both stay in this browser tab and are forgotten when it is closed.</p>
    </form>
  )
}

const adminHelp = 'In the file admin-token beside the config, or $FAST_GATEWAY_ADMIN_TOKEN.'
const approverHelp = 'Shown once when the gateway starts. Without it you can look at what waits, not decide.'

interface TokenProps {
  readonly label: string
  readonly hint?: string
  readonly required?: boolean
  readonly help: string
  readonly error?: string | undefined
  readonly value: string
  onChange(value: string): void
}

const Token = ({ value, onChange, ...field }: TokenProps) => (
  <Field {...field}>
    {(ties) => (
      <TextInput
        {...ties}
        type="password"
        mono
        autoFocus={field.required ?? false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    )}
  </Field>
)
