/** A place of the window with names in it, whatever characters they have. Read back by `nameIn`. */
export const placeOf = (path: string, ...names: readonly string[]): string => [path, ...names.map(encode)].join('/')

/** Twice: the router undoes one layer, and with it would leave half of what a single one has written. */
const encode = (name: string): string => encodeURIComponent(encodeURIComponent(name))

/** The name in one part of a place. */
export function nameIn(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // somebody wrote it into the address by hand
  }
}
