// Icon files of Windows and macOS: several sizes of one icon in one file.

/**
 * @typedef {object} Picture
 * @property {number} size in pixels, of a side
 * @property {Buffer} pixels RGBA, with the colours multiplied by their alpha
 * @property {Buffer} png
 */

/**
 * A Windows icon. The largest size is a PNG and the others are bitmaps: not every place of Windows draws a small PNG.
 * @param {readonly Picture[]} pictures
 */
export function ico(pictures) {
  const images = pictures.map((picture) => (picture.size < 256 ? bitmap(picture) : picture.png))
  const directory = Buffer.alloc(6 + 16 * images.length)
  directory.writeUInt16LE(1, 2) // an icon
  directory.writeUInt16LE(images.length, 4)
  let offset = directory.length
  for (const [index, image] of images.entries()) {
    const entry = 6 + 16 * index
    const side = (pictures[index]?.size ?? 0) % 256 // 0 says 256
    directory.writeUInt8(side, entry)
    directory.writeUInt8(side, entry + 1)
    directory.writeUInt16LE(1, entry + 4) // planes
    directory.writeUInt16LE(32, entry + 6) // bits of a pixel
    directory.writeUInt32LE(image.length, entry + 8)
    directory.writeUInt32LE(offset, entry + 12)
    offset += image.length
  }
  return Buffer.concat([directory, ...images])
}

/** Bottom row first, blue first, followed by a mask that hides nothing: alpha does. */
function bitmap(/** @type {Picture} */ { size, pixels }) {
  const header = Buffer.alloc(40)
  header.writeUInt32LE(header.length, 0)
  header.writeInt32LE(size, 4)
  header.writeInt32LE(size * 2, 8) // pixels and mask
  header.writeUInt16LE(1, 12)
  header.writeUInt16LE(32, 14)
  const colours = Buffer.alloc(size * size * 4)
  for (let at = 0; at < pixels.length; at += 4) {
    const row = size - 1 - Math.floor(at / 4 / size)
    const [red, green, blue, alpha] = straight(pixels.subarray(at, at + 4))
    colours.set([blue, green, red, alpha], row * size * 4 + (at % (size * 4)))
  }
  return Buffer.concat([header, colours, Buffer.alloc(size * Math.ceil(size / 32) * 4)])
}

/** @returns {[number, number, number, number]} */
function straight(/** @type {Buffer} */ pixel) {
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixel
  const whole = (/** @type {number} */ colour) => (alpha === 0 ? 0 : Math.min(255, Math.round((colour * 255) / alpha)))
  return [whole(red), whole(green), whole(blue), alpha]
}

/**
 * A macOS icon.
 * @param {readonly { type: string, png: Buffer }[]} pictures `type`: the four letters that name a size, such as `ic07` for 128 pixels
 */
export function icns(pictures) {
  const chunks = pictures.map(({ type, png }) => Buffer.concat([chunkHead(type, png.length), png]))
  const body = Buffer.concat(chunks)
  return Buffer.concat([chunkHead('icns', body.length), body])
}

function chunkHead(/** @type {string} */ type, /** @type {number} */ bytes) {
  const head = Buffer.alloc(8, type, 'ascii')
  head.writeUInt32BE(bytes + head.length, 4)
  return head
}
