import { describe, expect, it } from 'vitest'
import { difference, linesOf, without, withDestructive, withNewRule, withPattern, withRule } from '../../src/renderer/features/policy/lines'
import { decidedByLine, matchesOf, strongerLines } from '../../src/renderer/features/policy/matches'
import { inShort, problemOf } from '../../src/renderer/features/policy/problem'
import type { ToolRow } from '../../src/shared/catalog-rows'
import type { PolicyDocument } from '../../src/shared/records'

const policy: PolicyDocument = {
  deny: ['github_delete_*'],
  audit: true,
  rules: [
    { effect: 'allow', server: 'files', tool: 'read_*' },
    { effect: 'ask', server: 'github', tool: '{create,update}_*', client: 'Cursor' },
  ],
  default: 'allow',
}

const tool = (server: string, bare_name: string, destructive: boolean | null = null): ToolRow => ({
  ...{ name: `${server}_${bare_name}`, server_id: server, server, bare_name, title: null, description: null },
  ...{ hints: { read_only: null, destructive, idempotent: null, open_world: null }, tokens: 10, hidden_by: null },
  decision: { effect: 'allow', rule: 'default', reason: '' },
})
const tools = [tool('files', 'read_text'), tool('files', 'wipe', true), tool('github', 'create_issue'), tool('github', 'delete_repo')]
const names = (found: readonly ToolRow[] | undefined) => found?.map(({ name }) => name)

describe('the lines of a policy', () => {
  it('stand in the order in which they are asked, whatever list they are written in, and end with the default', () => {
    expect(linesOf(policy).map(({ rule }) => rule)).toEqual(['deny[0]', 'rules[1]', 'confirm:destructive', 'rules[0]', 'default'])
  })

  it('lose a condition that was emptied', () => {
    const changed = withRule(policy, 1, { effect: 'ask', server: 'github', tool: '', reason: '' })
    expect(changed.rules[1]).toEqual({ effect: 'ask', server: 'github' })
  })

  it('are taken away from the list that they stand in; the built-in question becomes an empty list', () => {
    const [deny, , destructive, , byDefault] = linesOf(policy)
    expect(deny && without(policy, deny).deny).toEqual([])
    expect(destructive && without(policy, destructive).confirm).toEqual([])
    expect(byDefault && without(policy, byDefault)).toEqual(policy)
    expect(withDestructive({ ...policy, confirm: ['x_*'] })).not.toHaveProperty('confirm')
  })

  it('are compared by what they say', () => {
    const after = withPattern(withNewRule(policy, { effect: 'ask', tool: 'wipe' }), 'deny', 0, 'github_*')
    const changes = difference(policy, after).filter(({ kind }) => kind !== 'kept')
    expect(changes).toEqual([
      { kind: 'gone', text: 'deny  github : delete_*' },
      { kind: 'new', text: 'deny  github : *' },
      { kind: 'new', text: 'ask  * : wipe' },
    ])
  })
})

describe('what a line matches', () => {
  const found = (rule: string) => matchesOf(linesOf(policy).find((line) => line.rule === rule) ?? linesOf(policy)[0]!, tools)

  it('is seen apart from what stronger lines take from it, and for the client that it names', () => {
    expect(names(found('rules[0]'))).toEqual(['files_read_text'])
    expect(names(found('rules[1]'))).toEqual(['github_create_issue'])
    expect(names(found('deny[0]'))).toEqual(['github_delete_repo'])
  })

  it('is, for the built-in question, what says that it destroys and what is named so', () => {
    expect(names(found('confirm:destructive'))).toEqual(['files_wipe', 'github_delete_repo'])
  })

  it('is not known while its pattern cannot be used', () => {
    const broken = withPattern(policy, 'deny', 0, 'a'.repeat(10_000))
    expect(matchesOf(linesOf(broken)[0]!, tools)).toBeUndefined()
    expect(decidedByLine(broken, tools).size).toBe(0)
  })

  it('is told apart from what it decides about: the strongest line has it', () => {
    const decided = decidedByLine(policy, tools)
    expect(names(decided.get('deny[0]'))).toEqual(['github_delete_repo'])
    expect(names(decided.get('confirm:destructive'))).toEqual(['files_wipe'])
    expect(names(decided.get('default'))).toEqual(['github_create_issue'])
  })

  describe('when stronger lines take every tool that it names', () => {
    const beaten: PolicyDocument = {
      deny: ['files_wipe'],
      audit: true,
      rules: [
        { effect: 'ask', server: 'github', tool: '{create,update}_*' },
        { effect: 'allow', server: 'github', tool: 'create_issue' },
        { effect: 'allow', server: 'github', tool: '*' },
        { effect: 'allow', server: 'github', tool: 'create_*', client: 'Cursor' },
        { effect: 'ask', server: 'files', tool: 'wipe', client: 'Cursor' },
      ],
      default: 'allow',
    }
    const line = (rule: string) => linesOf(beaten).find((each) => each.rule === rule) ?? linesOf(beaten)[0]!
    const takes = (rule: string, from = beaten) => strongerLines(line(rule), from, tools)

    it('never decides, and is told which do', () => {
      expect(['rules[1]', 'rules[3]', 'rules[4]'].map((rule) => takes(rule))).toEqual([['rules[0]'], ['rules[0]'], ['deny[0]']])
      expect(takes('rules[2]')).toEqual(['rules[0]', 'confirm:destructive'])
    })

    it('decides about what is left to it, and is not weaker than what says the same', () => {
      expect(takes('rules[2]', { ...beaten, confirm: [] })).toEqual([])
      expect(['rules[0]', 'deny[0]', 'default'].map((rule) => takes(rule))).toEqual([[], [], []])
      expect(takes('rules[1]', { ...beaten, rules: [{ effect: 'allow' }, { effect: 'allow', server: 'github' }] })).toEqual([])
    })

    it('is told so in what the stronger line says', () => {
      const problem = problemOf(line('rules[1]'), beaten, [], tools) ?? ''
      expect(problem).toBe('It never decides: “github : {create,update}_*” is stronger and takes every tool that it names now.')
      expect(inShort(problem)).toBe('Never wins: github : {create,update}_* does')
      const found = [{ rule: 'rules[1]', problem: 'It contradicts rules[0], which names the same with "ask"; the stronger wins.' }]
      expect(problemOf(line('rules[1]'), beaten, found, tools)).toContain('contradicts “github : {create,update}_*”, which')
    })

    it('is told of nothing where it names no tool', () => {
      expect(problemOf(line('rules[1]'), beaten, [], [])).toBeUndefined()
    })
  })
})
