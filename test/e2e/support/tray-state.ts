import type { Desktop } from './desktop'

/** Which of the app's tray images the icon shows, such as `running`; `other` for none of them. */
export async function iconState({ app, icon }: Pick<Desktop, 'app' | 'icon'>): Promise<string> {
  const shown = (await icon.shape()).toString('base64')
  const shapes = await app.evaluate(({ app, nativeImage }) =>
    ['running', 'attention', 'paused', 'degraded', 'stopped'].map((state) => {
      const pixels = nativeImage.createFromPath(`${app.getAppPath()}/resources/tray/${state}-on-dark.png`).toBitmap() // BGRA
      const shape = Array.from({ length: pixels.length / 4 }, (_, index) => pixels[4 * index + 3] ?? 0)
      return { state, shape: Buffer.from(shape).toString('base64') }
    }),
  )
  return shapes.find(({ shape }) => shape === shown)?.state ?? 'other'
}
