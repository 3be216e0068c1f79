/** A map that forgets what was used longest ago once it weighs more than its limit. Values are never undefined. */
export interface Lru<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
  clear(): void
}

/** @param most the heaviest that all values may be together; @param weigh default: each value weighs 1. The newest value always stays. */
export function createLru<Key, Value>(most: number, weigh: (value: Value) => number = () => 1): Lru<Key, Value> {
  const values = new Map<Key, Value>()
  let weight = 0
  let newest: Key | undefined

  function drop(key: Key): void {
    const value = values.get(key)
    if (value === undefined) return
    values.delete(key)
    weight -= weigh(value)
  }

  function set(key: Key, value: Value): void {
    drop(key)
    values.set(key, value)
    weight += weigh(value)
    newest = key
    for (const oldest of values.keys()) {
      if (weight <= most || oldest === key) return
      drop(oldest)
    }
  }

  function get(key: Key): Value | undefined {
    const value = values.get(key)
    // Asking for the newest again, by far the commonest case, must not cost two writes to the map.
    if (value === undefined || key === newest) return value
    values.delete(key)
    values.set(key, value)
    newest = key
    return value
  }

  function clear(): void {
    values.clear()
    weight = 0
    newest = undefined
  }

  return { get, set, delete: drop, clear }
}
