import { describe, expect, it } from 'vitest'
import { rulesProblem, toolsLeft } from '../../../src/renderer/features/servers/access-rules'
import { compileRules } from '../../../src/main/gateway/access'

const tools = ['read_file', 'read_dir', 'write_file', 'Delete_all'].map((bare_name) => ({ bare_name }))

describe('the rules of a server', () => {
  it.each([
    [[], [], 4],
    [['read_*'], [], 2],
    [['*_file', 'tool:Delete_all'], ['write_*'], 2],
    [[], ['delete_*'], 3],
    [['prompt:read_*'], [], 0],
    [[], ['resource:*'], 4],
  ])('allow %j and deny %j leave %i of four tools, as the gateway decides', (allow, deny, left) => {
    expect(toolsLeft({ allow, deny }, tools)).toBe(left)
    const permits = compileRules({ allow, deny })
    expect(tools.filter(({ bare_name }) => permits(bare_name)).length).toBe(left)
  })

  it('say what is wrong with a pattern', () => {
    expect(rulesProblem(['read_*', 'tool:{a'])).toMatch(/list such as/)
    expect(rulesProblem(['read_*', 'tool:a'])).toBeNull()
    expect(toolsLeft({ allow: ['{a'], deny: [] }, tools)).toBeNull()
  })
})
