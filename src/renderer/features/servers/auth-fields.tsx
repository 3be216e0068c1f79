import { useWatch } from 'react-hook-form'
import { Field, Select, TextInput } from '../../ui/field'
import type { ServerFormState } from './use-server-form'

/** How the gateway shows who it is to a server on the web. */
export function AuthFields({ form }: { readonly form: ServerFormState }) {
  const { control, register, formState } = form.fields
  const { errors } = formState
  const auth = useWatch({ control, name: 'auth' })
  return (
    <>
      <div className="mt-3 grid grid-cols-2 gap-3">
        <Field label="Sign-in">
          {(ties) => (
            <Select {...ties} {...register('auth')}>
              <option value="none">By its headers, or none</option>
              <option value="oauth">OAuth: you log in, in your browser</option>
              <option value="oauth_client_credentials">OAuth: the gateway itself, with a client secret</option>
            </Select>
          )}
        </Field>
        {auth !== 'none' && (
          <Field label="Rights" hint="scopes, split by blanks; empty: as it asks" className="mt-0!" error={errors.oauth_scopes?.message}>
            {(ties) => <TextInput {...ties} mono placeholder="read write" {...register('oauth_scopes')} />}
          </Field>
        )}
      </div>
      {auth !== 'none' && <ClientFields form={form} isRequired={auth === 'oauth_client_credentials'} />}
    </>
  )
}

/** The client that the gateway is registered as; for a login of a person it registers itself where it may. */
function ClientFields({ form, isRequired }: { readonly form: ServerFormState; readonly isRequired: boolean }) {
  const { register, formState } = form.fields
  const { errors } = formState
  return (
    <>
      <div className="mt-3 grid grid-cols-2 gap-3">
        <Field
          label="Client id"
          required={isRequired}
          hint={isRequired ? undefined : 'empty: registered by itself'}
          error={errors.oauth_client_id?.message}
        >
          {(ties) => <TextInput {...ties} mono {...register('oauth_client_id')} />}
        </Field>
        <Field label="Client secret" required={isRequired} hint="a reference" className="mt-0!" error={errors.oauth_client_secret?.message}>
          {(ties) => <TextInput {...ties} mono placeholder="${keychain:NAME}" {...register('oauth_client_secret')} />}
        </Field>
      </div>
      {isRequired && (
        <Field label="Token address" hint="empty: as the server says" className="mt-3" error={errors.oauth_token_url?.message}>
          {(ties) => <TextInput {...ties} mono placeholder="https://auth.example.com/token" {...register('oauth_token_url')} />}
        </Field>
      )}
    </>
  )
}
