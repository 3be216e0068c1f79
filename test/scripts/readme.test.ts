import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const pages = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((file) => file.endsWith('.md'))
const linksOf = (file: string) => [...readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)

/** On the web, on GitHub's pages around the files, or within the same page. */
const isElsewhere = (link: string) => /^(?:https?:|#|\.\.\/\.\.\/)/.test(link)

describe.each(pages)('%s', (file) => {
  it('leads to files that there are', () => {
    const missing = linksOf(file).filter((link) => !isElsewhere(link) && !existsSync(join(dirname(file), link)))
    expect(missing).toEqual([])
  })
})

describe('README.md', () => {
  const text = readFileSync('README.md', 'utf8')

  it('shows the app before it explains it', () => expect(text.indexOf('](docs/images/')).toBeLessThan(text.indexOf('## Install')))

  it('connects Claude Code in three lines, with the command that the app copies', () => {
    const [, section = ''] = /### Connect Claude Code\n([^#]*)/.exec(text) ?? []
    expect(section.match(/^\d\. /gm)).toEqual(['1. ', '2. ', '3. '])
    expect(section).toContain('claude mcp add --transport http gateway http://127.0.0.1:7411/mcp --header "Authorization: Bearer ')
  })
})
