import type { Command } from 'commander'
import { SecretDraft, secretName, type VaultStatus } from '../../shared/secrets'
import { read, type GatewayClient } from './client'
import { Failure, misuse } from './failure'
import { examples, onGateway, type GatewayOptions } from './options'
import { askSecret, hint, print, tell } from './terminal'
import { since, styledError, table, visible } from './text'

/** Bytes of the largest value. */
const longestValue = 65_536

export function defineSecret(command: Command): void {
  command.addHelpText('after', examples('secret set github', 'secret set github < token.txt', 'secret list', 'secret rm github'))
  const set = command
    .command('set')
    .description(
      'Keep a secret, or replace it. The value is asked for without being shown, or read from standard input; it is never shown again.',
    )
    .argument('<name>', 'letters, digits, ".", "_" and "-"; settings refer to it as ${keychain:NAME}', checkedName)
  onGateway<object, [string]>(set, setSecret).addHelpText(
    'after',
    examples('secret set github', 'secret set github < token.txt', 'pass show github | fast-gateway secret set github'),
  )
  onGateway(command.command('list').alias('ls').description('List the secrets, without their values.'), listSecrets).addHelpText(
    'after',
    examples('secret list', 'secret ls --json'),
  )
  const remove = command.command('rm').alias('remove').description('Forget a secret; servers that refer to it fail until it is set again.')
  onGateway<object, [string]>(remove.argument('<name>', 'secret', checkedName), removeSecret).addHelpText(
    'after',
    examples('secret rm github'),
  )
}

function checkedName(given: string): string {
  const checked = secretName.safeParse(given)
  if (checked.success) return checked.data
  throw misuse(`The name of a secret is made of ${checked.error.issues[0]?.message ?? 'letters and digits'}.`)
}

async function setSecret(gateway: GatewayClient, options: GatewayOptions, name: string): Promise<void> {
  const value = await readValue(name)
  const secret = await read(gateway.admin.secrets[':name'].$put({ param: { name }, json: { value } }))
  const users = secret.used_by.map(visible).join(', ')
  print(options, secret, () => `Kept the secret ${name}.${users === '' ? '' : ` These servers connect anew: ${users}.`}`)
  if (users === '') hint(options, `Refer to it: fast-gateway add ... --header 'Authorization=Bearer \${keychain:${name}}'`)
}

async function readValue(name: string): Promise<string> {
  const value = process.stdin.isTTY ? await asked(name) : await fromInput()
  const checked = SecretDraft.safeParse({ value })
  if (checked.success) return value
  throw misuse(
    value === ''
      ? 'No value was given: type it when it is asked for, or send it on standard input.'
      : `The value ${checked.error.issues[0]?.message ?? 'is no text'}.`,
  )
}

function asked(name: string): Promise<string> {
  if (process.stderr.isTTY) return askSecret(`Value of ${name} (not shown while you type): `, longestValue)
  throw new Failure('The value cannot be asked for here; send it on standard input: fast-gateway secret set NAME < file', 'usage', 2)
}

/** One line feed at the end is the editor's, not the secret's. */
async function fromInput(): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > longestValue) throw misuse(`The value has more than ${longestValue} bytes; keep it in a file and refer to \${file:PATH}.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

async function listSecrets(gateway: GatewayClient, options: GatewayOptions): Promise<void> {
  const list = await read(gateway.admin.secrets.$get())
  const rows = list.secrets.map(({ name, updated_at: at, used_by: users }) => [
    name,
    at === null ? '-' : since(at),
    users.join(', ') || '-',
  ])
  const none = list.vault.state === 'ready' ? 'There are no secrets yet.' : 'The secrets cannot be listed now.'
  print(options, list, () => (rows.length === 0 ? none : table(['NAME', 'SET', 'USED BY'], rows)))
  if (!options.json) tell(vaultWords(list.vault))
  if (list.vault.state !== 'ready') process.exitCode = 1
}

function vaultWords({ kind, state, detail }: VaultStatus): string {
  const words = `Vault: ${kind}${state === 'ready' ? '' : `, ${state}`}.${detail === null ? '' : ` ${visible(detail)}`}`
  return styledError(state === 'ready' ? 'dim' : 'yellow', words)
}

async function removeSecret(gateway: GatewayClient, options: GatewayOptions, name: string): Promise<void> {
  await gateway.admin.secrets[':name'].$delete({ param: { name } })
  print(options, { removed: true, name }, () => `Forgot the secret ${name}.`)
}
