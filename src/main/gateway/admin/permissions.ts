import { GatewayError } from '../../../shared/errors'
import type { Principal } from '../plugin'

const everyone: readonly Principal[] = ['admin', 'approver', 'desktop']
/** A person at this machine. The admin token lies in a file that an agent may read, so it decides nothing. */
const persons: readonly Principal[] = ['approver', 'desktop']
const owners: readonly Principal[] = ['admin', 'desktop']
/** Who confirms what came over HTTP cannot come over HTTP. */
const app: readonly Principal[] = ['desktop']

interface Row {
  readonly method: 'GET' | 'POST' | '*'
  /** `{id}` stands for one segment, a `*` at the end for any number of them. */
  readonly path: string
  readonly may: readonly Principal[]
}

/** Who may do what: the first row that fits decides, and the last fits everything. Whatever else changes something under `/hil` is a decision. */
const table: readonly Row[] = [
  { method: 'GET', path: '/servers/{id}', may: everyone },
  { method: 'POST', path: '/servers/test-draft', may: everyone },
  { method: 'POST', path: '/servers/{id}/trust', may: persons },
  { method: 'POST', path: '/pause', may: everyone },
  { method: 'POST', path: '/resume', may: everyone },
  { method: '*', path: '/changes', may: app },
  { method: '*', path: '/changes/*', may: app },
  { method: 'GET', path: '/hil/pending', may: everyone },
  { method: 'GET', path: '/hil/pending/{id}', may: everyone },
  { method: 'GET', path: '/hil/pending/{id}/review', may: everyone },
  { method: 'GET', path: '/hil/history', may: everyone },
  { method: 'GET', path: '/hil/history/{id}', may: everyone },
  { method: 'GET', path: '/hil/grants', may: everyone },
  { method: 'GET', path: '/hil/*', may: owners },
  { method: '*', path: '/hil/*', may: persons },
  { method: '*', path: '/*', may: owners },
]

/** @param path below the admin prefix, as the router sees it, or as a template with `{id}` */
export function whoMay(method: string, path: string): readonly Principal[] {
  // The router answers HEAD with the route of GET.
  const asked = method === 'HEAD' ? 'GET' : method
  return table.find((row) => (row.method === '*' || row.method === asked) && fits(row.path, path))?.may ?? []
}

const fits = (template: string, path: string): boolean => paramsOf(template, path) !== undefined

/** What stands in a path for the `{…}` of a template, as it is written; undefined where the path is another. */
export function paramsOf(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = template.split('/')
  const given = path.split('/')
  const open = wanted.at(-1) === '*'
  if (open) wanted.pop()
  if (open ? given.length < wanted.length : given.length !== wanted.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const there = given[index] ?? ''
    const name = /^\{(\w+)\}$/.exec(segment)?.[1]
    if (name === undefined ? segment !== there : there === '') return undefined
    if (name !== undefined) params[name] = there
  }
  return params
}

/** @throws GatewayError `auth.required`, `auth.approver_required` or `auth.forbidden` */
export function authorizePrincipal(principal: Principal | undefined, method: string, path: string): void {
  if (principal === undefined)
    throw new GatewayError('auth.required', 'The admin API wants a bearer token: the admin token or the approver credential.')
  const may = whoMay(method, path)
  if (may.includes(principal)) return
  if (principal === 'admin' && may.includes('approver')) {
    throw new GatewayError(
      'auth.approver_required',
      'Only a person decides this: use the approver credential, which the gateway showed when it started. The admin token cannot.',
    )
  }
  if (!may.includes('admin') && !may.includes('approver'))
    throw new GatewayError('auth.forbidden', 'Only the person at the app does this, in its window.')
  throw new GatewayError(
    'auth.forbidden',
    'The approver credential only decides and reads what is to be decided; use the admin token for this.',
  )
}
