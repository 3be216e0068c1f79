import { useWatch } from 'react-hook-form'
import { door, mayDecide } from '../../door'
import { Button } from '../../ui/button'
import { mayTest } from './test-result'
import type { ServerFormState } from './use-server-form'

interface FooterProps {
  readonly form: ServerFormState
  readonly formId: string
  readonly edited: boolean
  onClose(): void
}

/** Test, Cancel, and the one primary. */
export function FormFooter({ form, formId, edited, onClose }: FooterProps) {
  const transport = useWatch({ control: form.fields.control, name: 'transport' })
  const verb = edited ? 'Save' : 'Add server'
  return (
    <>
      <span className="grow small t3">{hintFor(transport, form.busy)}</span>
      {mayTest(transport) && (
        <Button disabled={form.test.state.kind === 'running'} onClick={form.test.run}>
          {form.test.state.kind === 'running' ? 'Testing…' : 'Test'}
        </Button>
      )}
      <Button onClick={onClose}>Cancel</Button>
      <Button look="primary" type="submit" form={formId} disabled={form.busy}>
        {form.busy ? 'Saving…' : verb}
      </Button>
    </>
  )
}

function hintFor(transport: string, busy: boolean): string {
  if (busy && door.kind === 'browser') return 'If the app runs, confirm it there.'
  if (transport !== 'stdio') return 'Applies at once. No restart.'
  return mayDecide() ? 'It starts once you have trusted its command.' : 'It starts once its command is trusted.'
}
