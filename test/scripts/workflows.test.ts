import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}
interface Job {
  readonly uses?: string
  readonly needs?: string | readonly string[]
  readonly 'runs-on'?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: unknown
  readonly strategy?: { readonly matrix: { readonly os?: readonly string[]; readonly include?: readonly { readonly os: string }[] } }
  readonly steps?: readonly Step[]
}
interface Workflow {
  readonly name: string
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const folder = '.github/workflows'
const files = readdirSync(folder)
const read = (file: string) => parse(readFileSync(`${folder}/${file}`, 'utf8')) as Workflow
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps = [] }) => steps)
const systems = ['macos-latest', 'ubuntu-latest', 'windows-latest']
const systemsOf = ({ strategy }: Job) => [...(strategy?.matrix.os ?? []), ...(strategy?.matrix.include ?? []).map(({ os }) => os)].sort()
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

describe.each(files)('%s', (file) => {
  const workflow = read(file)

  it('has jobs that can be run: by another workflow or by steps, after jobs that there are', () => {
    for (const { uses, steps, needs = [], 'runs-on': on } of Object.values(workflow.jobs)) {
      expect(uses === undefined).toBe(steps !== undefined && on !== undefined)
      if (uses?.startsWith('./')) expect(files).toContain(uses.split('/').at(-1))
      for (const need of [needs].flat()) expect(Object.keys(workflow.jobs)).toContain(need)
    }
    for (const { uses, run } of stepsOf(workflow)) expect([uses, run].filter((what) => what !== undefined)).toHaveLength(1)
  })

  it('may read the repository; one job that publishes may write', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    const more = Object.entries(workflow.jobs).filter(([, { permissions }]) => permissions !== undefined)
    expect(more.map(([name, { permissions }]) => [name, permissions])).toEqual(
      file === 'release.yml' ? [['release', { contents: 'write' }]] : [],
    )
  })

  it('leaves no credential behind in the checkout, and puts nothing from outside into a script', () => {
    for (const step of stepsOf(workflow)) {
      if (step.uses?.startsWith('actions/checkout@')) expect(step.with).toMatchObject({ 'persist-credentials': false })
      expect(step.run ?? '').not.toContain('${{')
      if (step.uses) expect(step.uses).toMatch(/^actions\/[\w-]+@v\d+$/)
    }
  })

  it('runs scripts that there are', () => {
    const text = stepsOf(workflow).map(({ run = '' }) => run)
    const named = text.flatMap((run) => [...run.matchAll(/npm (?:run )?([\w:]+)/g)].map(([, name = '']) => name))
    expect(named.filter((name) => name !== 'ci' && !Object.hasOwn(scripts, name))).toEqual([])
  })
})

describe('a push', () => {
  it('is checked out with the same ends of lines on three systems', () =>
    expect(readFileSync('.gitattributes', 'utf8').split('\n')).toContain('* text=auto eol=lf'))

  it('is checked and tested on three systems', () => {
    const { test } = read('ci.yml').jobs
    expect(test && systemsOf(test)).toEqual(systems)
    expect(test?.steps?.map(({ run }) => run).filter((run) => run?.startsWith('npm '))).toEqual([
      'npm ci',
      'npm run check:static',
      'npm test',
    ])
  })
})

describe('a tag', () => {
  const { on, jobs } = read('release.yml')
  const steps = jobs.package?.steps ?? []

  it('is what a release begins with, which is tested first', () => {
    expect(on).toEqual({ push: { tags: ['v*'] } })
    expect([jobs.test?.uses, jobs.package?.needs, jobs.release?.needs]).toEqual(['./.github/workflows/ci.yml', 'test', 'package'])
    expect(read('ci.yml').on).toHaveProperty('workflow_call')
  })

  it('is packaged on three systems', () => expect(jobs.package && systemsOf(jobs.package)).toEqual(systems))

  it('is uploaded with every installer, and with what the updater reads', () => {
    const config = parse(readFileSync('electron-builder.yml', 'utf8')) as Record<'mac' | 'win' | 'linux', { target: { target: string }[] }>
    const extensions = [config.mac, config.win, config.linux]
      .flatMap(({ target }) => target)
      .map(({ target }) => (target === 'nsis' ? 'exe' : target))
    const uploaded = String(steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'))?.with?.path)
      .trim()
      .split('\n')
    expect(uploaded.sort()).toEqual([...extensions.map((extension) => `dist/*.${extension}`), 'dist/*.blockmap', 'dist/latest*.yml'].sort())
  })

  it('is signed by what only the system sees that it is for', () => {
    const env = steps.find(({ run }) => run === 'npm run package')?.env ?? {}
    const systemOf = (name: string) => (/^(WIN_|AZURE_)/.test(name) ? 'Windows' : 'macOS')
    expect(Object.keys(env).length).toBeGreaterThan(10)
    for (const [name, value] of Object.entries(env))
      expect(value).toMatch(new RegExp(`^\\$\\{\\{ runner\\.os == '${systemOf(name)}' && (secrets|vars)\\.\\w+ \\|\\| '' \\}\\}$`))
  })

  it('stays a draft until a person publishes it', () => {
    const script = jobs.release?.steps?.map(({ run = '' }) => run).join('\n')
    expect(script).toMatch(/gh release create .* --draft --verify-tag/)
  })
})
