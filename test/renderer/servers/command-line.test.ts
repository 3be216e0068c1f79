import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandOf, lineOf, quoted, shellWord, wordsOf } from '../../../src/renderer/features/servers/command-line'

const words = (text: string) => wordsOf(text).words

describe('a command line', () => {
  it('is split at spaces, tabs and line ends', () => {
    expect(words('  npx  -y\t@scope/server\n/tmp ')).toEqual(['npx', '-y', '@scope/server', '/tmp'])
  })

  it('keeps what stands in quotes together, and joins quotes that touch', () => {
    expect(words(`node "my server.js" 'a "b" c' pre"mid dle"post ''`)).toEqual(['node', 'my server.js', 'a "b" c', 'premid dlepost', ''])
  })

  it('reads backslashes as a shell does, and leaves those of Windows paths', () => {
    expect(words(String.raw`a\ b "say \"hi\"" C:\Tools\server.exe "C:\My Tools\x" \\host\share`)).toEqual([
      'a b',
      'say "hi"',
      String.raw`C:\Tools\server.exe`,
      String.raw`C:\My Tools\x`,
      String.raw`\\host\share`,
    ])
  })

  it('goes on in the next line after a backslash', () => {
    expect(words('npx \\\n  -y server \\\r\n --port 1')).toEqual(['npx', '-y', 'server', '--port', '1'])
  })

  it.each(['a | b', 'a && b', 'a; b', 'a > file', 'echo `id`', 'f (x)'])('says that %s takes a shell', (text) => {
    expect(wordsOf(text).flaw).toMatch(/takes a shell/)
  })

  it('lets the same signs stand in quotes', () => {
    expect(wordsOf(`sh -c 'a | b; (c)'`)).toEqual({ words: ['sh', '-c', 'a | b; (c)'], flaw: null })
  })

  it.each([`a 'b`, 'a "b', 'a "b\\"'])('says that a quotation mark of %s has no partner', (text) => {
    expect(wordsOf(text).flaw).toMatch(/no partner/)
  })

  it('puts in nothing for variables, tildes and stars', () => {
    expect(words('server $HOME ~/notes *.json ${X}')).toEqual(['server', '$HOME', '~/notes', '*.json', '${X}'])
  })

  it('reads every word back that it has quoted', () => {
    const odd = [
      '',
      ' ',
      `it's`,
      '"',
      '\\',
      '\\\\host',
      'a\nb',
      '$HOME',
      '~',
      '`id`',
      'a|b',
      '#',
      '\u202e',
      'ä ö',
      `'"'`,
      '-y',
      '@a/b@1',
      'C:\\x y',
    ]
    expect(words(odd.map(quoted).join(' '))).toEqual(odd)
    expect(words(lineOf('run it', odd))).toEqual(['run it', ...odd])
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (any) => {
        expect(wordsOf(any.map(quoted).join(' '))).toEqual({ words: any, flaw: null })
      }),
    )
  })
})

describe('the command in a line', () => {
  it('comes after its variables', () => {
    expect(commandOf(words(`API_KEY=abc NAME="two words" EMPTY= npx -y server KEY=value`))).toEqual({
      command: 'npx',
      args: ['-y', 'server', 'KEY=value'],
      env: { API_KEY: 'abc', NAME: 'two words', EMPTY: '' },
    })
  })

  it('may be started by env', () => {
    expect(commandOf(words('env A=1 server'))).toEqual({ command: 'server', args: [], env: { A: '1' } })
  })

  it('keeps equals signs in a value', () => {
    expect(commandOf(['URL=a?b=c', 'x'])?.env).toEqual({ URL: 'a?b=c' })
  })

  it.each([[[]], [['A=1']], [['env']], [['env', 'A=1']]])('is not there in %j', (given) => {
    expect(commandOf(given)).toBeNull()
  })
})

describe('a word for a shell', () => {
  it.each(['~', '~/notes', '$HOME', 'a/$USER/b', '${HOME}/x'])('is %s', (word) => {
    expect(shellWord(['server', word])).toBe(word)
  })

  it.each(['a~b', '$', '$5', '${env:TOKEN}', '--x=~y'])('is not %s', (word) => {
    expect(shellWord(['server', word])).toBeUndefined()
  })
})
