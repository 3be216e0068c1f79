import { describe, expect, it } from 'vitest'
import { centred, placeWindow, readPlacement, windowSize } from '../../src/main/desktop/bounds'

const display = { x: 0, y: 25, width: 1920, height: 1055 }
const second = { x: 1920, y: 0, width: 1280, height: 1024 }

describe('where the main window opens', () => {
  it('is up to the system the first time', () =>
    expect(placeWindow(undefined, [display])).toEqual({ width: windowSize.width, height: windowSize.height }))

  it('fits a small display', () =>
    expect(placeWindow(undefined, [{ x: 0, y: 0, width: 1024, height: 600 }])).toEqual({ width: 1024, height: 600 }))

  it('is where it was', () => {
    const saved = { x: 2000, y: 50, width: 900, height: 700, maximized: false }
    expect(placeWindow(saved, [display, second])).toEqual({ x: 2000, y: 50, width: 900, height: 700 })
  })

  it('is not on a display that is gone', () => {
    const saved = { x: 2000, y: 50, width: 900, height: 700, maximized: false }
    expect(placeWindow(saved, [display])).toEqual({ width: 900, height: 700 })
  })

  it('is where a person can get hold of its title', () => {
    const saved = { x: 100, y: -400, width: 900, height: 700, maximized: false }
    expect(placeWindow(saved, [display])).not.toHaveProperty('x')
  })

  it('shrinks to the display that it was on', () => {
    const saved = { x: 10, y: 30, width: 4000, height: 3000, maximized: false }
    expect(placeWindow(saved, [display])).toEqual({ x: 10, y: 30, width: 1920, height: 1055 })
  })
})

describe('where a window was', () => {
  it('is read as it was written', () => {
    const placement = { x: -5, y: 10, width: 900, height: 700, maximized: true }
    expect(readPlacement(JSON.parse(JSON.stringify(placement)))).toEqual(placement)
  })

  it.each([
    undefined,
    null,
    'left',
    {},
    { x: 1, y: 2, width: 3 },
    { x: '1', y: 2, width: 3, height: 4 },
    { x: 1e999, y: 2, width: 3, height: 4 },
  ])('is unknown where %j was kept', (stored) => expect(readPlacement(stored)).toBeUndefined())
})

describe('the approval window', () => {
  it('is in the middle of the display', () =>
    expect(centred({ width: 460, height: 560 }, second)).toEqual({ x: 2330, y: 232, width: 460, height: 560 }))
})
