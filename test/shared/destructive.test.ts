import { describe, expect, it } from 'vitest'
import { destructiveReason, destructiveWord } from '../../src/shared/destructive'

describe('a destructive word', () => {
  it.each([
    ['fs_delete', 'delete'],
    ['deleteFile', 'delete'],
    ['delete-issue', 'delete'],
    ['DELETE_ALL', 'delete'],
    ['DELETEFile', 'delete'],
    ['x.remove', 'remove'],
    ['bulkRMDir', 'rm'],
    ['RM', 'rm'],
    ['write_file', 'write'],
    ['fileWrite', 'write'],
    ['dbPurgeOld', 'purge'],
    ['table/drop', 'drop'],
    ['exec2', 'exec'],
    ['ｄｅｌｅｔｅ_repo', 'delete'],
    ['de\u200blete_repo', 'delete'],
    ['dELeTE_repo', 'delete'],
    ['run execute now', 'execute'],
  ])('is found in %s', (name, word) => expect(destructiveWord(name)).toBe(word))
  it.each([
    'deleted_at_list',
    'undelete',
    'undeleteFile',
    'list_removed',
    'underwrite',
    'overwritten',
    'dropdown',
    'confirm',
    'alarm',
    'model',
    'clearance',
    'preset',
    '',
  ])('is not found in %j', (name) => expect(destructiveWord(name)).toBeNull())
  it('is looked for in a huge name without delay', () => expect(destructiveWord('aB'.repeat(1_000_000))).toBeNull())
})

describe('a tool is destructive', () => {
  it('when its server says so', () =>
    expect(destructiveReason({ bare_name: 'tidy', annotations: { destructiveHint: true } })).toBe(
      'Its server marks this tool as destructive.',
    ))
  it('when its name says so, though its server denies it', () =>
    expect(destructiveReason({ bare_name: 'delete_all', annotations: { destructiveHint: false } })).toContain('"delete"'))
  it('not otherwise', () => expect(destructiveReason({ bare_name: 'read', annotations: { destructiveHint: 'true' } })).toBeNull())
})
