/** How many tools an agent takes in; what is beyond is invisible to it. As their makers document it. */
const caps: readonly { readonly agent: string; readonly words: RegExp | null; readonly tools: number }[] = [
  { agent: 'Cursor', words: /cursor/i, tools: 40 },
  { agent: 'newer Cursor', words: null, tools: 80 },
  { agent: 'VS Code', words: /vs.?code|copilot/i, tools: 128 },
]

/** How a number of tools stands to each cap. */
export const againstCaps = (tools: number): readonly { readonly agent: string; readonly cap: number; readonly over: number }[] =>
  caps.map(({ agent, tools: cap }) => ({ agent, cap, over: Math.max(0, tools - cap) }))

/** The cap of the agent that has such a name; null: none is known. */
export const capOf = (name: string): number | null => caps.find(({ words }) => words?.test(name))?.tools ?? null
