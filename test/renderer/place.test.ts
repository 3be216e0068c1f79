import { describe, expect, it } from 'vitest'
import { nameIn, placeOf } from '../../src/renderer/place'

/** What the router does to an address before it hands out its parts. */
const asRouted = (place: string) => decodeURI(place).split('/').slice(2).map(nameIn)

describe('a place with names in it', () => {
  it.each(['plain', 'with / a slash', '100%', '%2F', 'a:b, c&d=e?f#g', '{"a":[1,"x"]}', 'ünïcödé'])('keeps %s whole', (name) => {
    expect(asRouted(placeOf('/tools', name, 'run'))).toEqual([name, 'run'])
  })

  it('takes what somebody wrote by hand as it stands', () => {
    expect(nameIn('100%')).toBe('100%')
  })
})
