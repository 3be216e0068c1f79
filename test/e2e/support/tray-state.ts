import type { Desktop } from './desktop'

/** Which of the app's tray images the icon shows, such as `running`; `other` for none of them. */
export async function iconState({ app, icon }: Pick<Desktop, 'app' | 'icon'>): Promise<string> {
  const shown = (await icon.shape()).toString('base64')
  const shapes = await app.evaluate(({ app, nativeImage }) => {
    const shapeOf = (state: string, scaleFactor: number) => {
      const image = nativeImage.createFromPath(`${app.getAppPath()}/resources/tray/${state}-on-dark.png`)
      const pixels = image.toBitmap({ scaleFactor }) // BGRA
      return Buffer.from(Array.from({ length: pixels.length / 4 }, (_, index) => pixels[4 * index + 3] ?? 0)).toString('base64')
    }
    const states = ['running', 'attention', 'paused', 'degraded', 'stopped']
    return states.map((state) => ({ state, shapes: [shapeOf(state, 1), shapeOf(state, 2)] }))
  })
  return shapes.find(({ shapes }) => shapes.includes(shown))?.state ?? 'other'
}
