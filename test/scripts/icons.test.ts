import { Resvg } from '@resvg/resvg-js'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { drawIcons } from '../../scripts/icons.mjs'

const drawn = drawIcons()
const committed = (name: string) => readFileSync(join('resources', name))
const names = [...drawn.keys()]
const states = ['attention', 'degraded', 'paused', 'running', 'stopped']

/** The pixels of every image in a file. Files are not compared by their bytes: processors differ in the last bit of a gradient. */
function imagesIn(name: string, file: Buffer): Buffer[] {
  if (name.endsWith('.ico')) return ofIco(file)
  return (name.endsWith('.icns') ? ofIcns(file) : [file]).map(pixelsOfPng)
}

function pixelsOfPng(png: Buffer): Buffer {
  const size = png.readUInt32BE(16)
  const image = `<image href="data:image/png;base64,${png.toString('base64')}" width="${size}" height="${size}"/>`
  return new Resvg(`<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${image}</svg>`).render().pixels
}

function ofIco(file: Buffer): Buffer[] {
  return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
    const entry = 6 + 16 * index
    const start = file.readUInt32LE(entry + 12)
    const image = file.subarray(start, start + file.readUInt32LE(entry + 8))
    return image.subarray(1, 4).toString() === 'PNG' ? pixelsOfPng(image) : image
  })
}

function ofIcns(file: Buffer): Buffer[] {
  const pngs: Buffer[] = []
  for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) pngs.push(file.subarray(at + 8, at + file.readUInt32BE(at + 4)))
  return pngs
}

const furthest = (one: Buffer, other: Buffer) =>
  one.length === other.length ? one.reduce((most, value, at) => Math.max(most, Math.abs(value - (other[at] ?? 0))), 0) : Infinity

describe('the icons in resources/', () => {
  it.each(names)('%s is what its drawing shows (else run: npm run icons)', (name) => {
    const [now, then] = [imagesIn(name, drawn.get(name) ?? Buffer.alloc(0)), imagesIn(name, committed(name))]
    expect(then.length).toBe(now.length)
    expect(Math.max(...now.map((image, index) => furthest(image, then[index] ?? Buffer.alloc(0))))).toBeLessThanOrEqual(4)
  })

  it.each(['tray', 'icons'])('%s/ holds no image that nothing draws', (folder) => {
    expect(readdirSync(join('resources', folder)).filter((name) => !drawn.has(`${folder}/${name}`))).toEqual([])
  })

  it.each([
    ['-on-light.png', 22],
    ['-on-light@2x.png', 44],
    ['-on-dark.png', 22],
    ['-on-dark@2x.png', 44],
    ['Template.png', 18],
    ['Template@2x.png', 36],
  ])('differ between any two states of the tray: *%s, %d pixels wide', (suffix, size) => {
    const images = states.map((state) => committed(`tray/${state}${suffix}`))
    expect(images.map((png) => png.readUInt32BE(16))).toEqual(states.map(() => size))
    for (const [index, one] of images.entries())
      for (const other of images.slice(index + 1)) expect(furthest(pixelsOfPng(one), pixelsOfPng(other))).toBeGreaterThan(100)
  })

  it('are black with alpha in the menu bar of macOS, which paints them itself', () => {
    for (const name of names.filter((name) => basename(name).includes('Template'))) {
      const pixels = pixelsOfPng(committed(name))
      expect(pixels.filter((_, at) => at % 4 !== 3).every((colour) => colour === 0)).toBe(true)
      expect(pixels.some((value, at) => at % 4 === 3 && value === 255)).toBe(!name.includes('stopped'))
    }
  })

  it('are white on a dark panel', () => {
    const pixels = pixelsOfPng(committed('tray/running-on-dark.png'))
    expect(pixels.some((value, at) => at % 4 === 0 && value === 255)).toBe(true)
  })
})
