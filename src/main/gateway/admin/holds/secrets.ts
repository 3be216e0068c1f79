import { SecretDraft, secretName } from '../../../../shared/secrets'
import type { Servers } from '../../gateway'
import { checkInput } from '../../input'
import type { ChangeDraft, HoldRule } from '../../plugin'
import type { Vault } from '../../secrets'
import { listed, detail } from './details'

/** What the rules for secrets look at; never at a value. */
export interface SecretSources {
  readonly vault: Pick<Vault, 'list'> | null
  readonly servers: Pick<Servers, 'list'>
}

/** Who sets a secret decides as whom servers are asked; who removes one cuts them off. */
export const secretHolds = (sources: SecretSources): HoldRule[] => [
  {
    method: 'PUT',
    path: '/secrets/{name}',
    describe({ params, body }) {
      checkInput(SecretDraft, body)
      return described(sources, checkInput(secretName, params.name), 'a new value, which is not shown')
    },
  },
  { method: 'DELETE', path: '/secrets/{name}', describe: ({ params }) => described(sources, checkInput(secretName, params.name), null) },
]

async function described({ vault, servers }: SecretSources, name: string, after: string | null): Promise<ChangeDraft> {
  const known = (await vault?.list())?.find((each) => each.name === name)
  const before = known ? 'a value, which is not shown' : null
  const users = listed(servers.list().flatMap((server) => (JSON.stringify(server).includes(`\${keychain:${name}}`) ? [server.name] : [])))
  const verb = after === null ? 'Remove' : before === null ? 'Store' : 'Replace'
  const used = users === null ? [] : [detail('Used by', users, users)]
  return { kind: 'secret.change', title: `${verb} the secret "${name}"`, details: [detail(name, before, after), ...used], about: known }
}
