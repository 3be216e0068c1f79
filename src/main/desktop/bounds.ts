/** A rectangle of the screen, in device-independent pixels. */
export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Where a window was last, as it is kept. */
export interface Placement extends Bounds {
  readonly maximized: boolean
}

/** What was kept, as far as it is one: the file may have been written by another version, or by hand. */
export function readPlacement(stored: unknown): Placement | undefined {
  const { x, y, width, height, maximized } = (stored ?? {}) as Readonly<Record<string, unknown>>
  const numbers = [x, y, width, height].filter((value) => Number.isSafeInteger(value)) as number[]
  const [left, top, wide, high] = numbers
  if (left === undefined || top === undefined || wide === undefined || high === undefined) return undefined
  return { x: left, y: top, width: wide, height: high, maximized: maximized === true }
}

/** Of the main window. */
export const windowSize = { width: 1180, height: 760, minWidth: 720, minHeight: 480 } as const

/** So much of a title bar must be on a display for a person to get hold of it. */
const leastGrip = { width: 120, height: 32 }

/**
 * Where to open the main window: where it was, as far as that still is on a display and fits it; else in the middle, which the
 * system chooses when `x` and `y` are left out.
 * @param areas the displays, without panels and docks
 */
export function placeWindow(saved: Placement | undefined, areas: readonly Bounds[]): Partial<Bounds> & Pick<Bounds, 'width' | 'height'> {
  const { width, height } = windowSize
  if (!saved) return shrink({ width, height }, areas[0])
  const area = areas.find((each) => isGraspable(saved, each))
  if (!area) return shrink({ width: saved.width, height: saved.height }, areas[0])
  return { x: saved.x, y: saved.y, ...shrink(saved, area) }
}

const shrink = ({ width, height }: Pick<Bounds, 'width' | 'height'>, area: Bounds | undefined) => ({
  width: Math.max(windowSize.minWidth, Math.min(width, area?.width ?? width)),
  height: Math.max(windowSize.minHeight, Math.min(height, area?.height ?? height)),
})

function isGraspable(window: Bounds, area: Bounds): boolean {
  const overlap = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  const isTopInside = window.y >= area.y && window.y <= area.y + area.height - leastGrip.height
  return overlap >= leastGrip.width && isTopInside
}

/** In the middle of a display, whole. */
export const centred = ({ width, height }: Pick<Bounds, 'width' | 'height'>, area: Bounds): Bounds => ({
  x: Math.round(area.x + (area.width - width) / 2),
  y: Math.round(area.y + (area.height - height) / 2),
  width,
  height,
})
