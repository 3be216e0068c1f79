import { useEffect } from 'react'

/** Milliseconds in which a menu that closes has given the focus back to its button. */
const settledMs = 50

/** Moves the focus once what opened this, such as a menu, is done with it. */
export function useFocusAfterMenu(focus: () => void): void {
  useEffect(() => {
    const timer = setTimeout(focus, settledMs)
    return () => clearTimeout(timer)
  }, [])
}
