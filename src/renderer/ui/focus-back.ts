import { useEffect, useRef } from 'react'

/** Gives the focus back to what opened a dialog, once it is closed: Radix does so only for a dialog that has a trigger of its own. */
export function useFocusBack(open: boolean): void {
  const opener = useRef<HTMLElement | null>(null)
  // While it is rendered for the first time, the focus is still where it was.
  if (open && opener.current === null) opener.current = origin(document.activeElement)
  useEffect(() => {
    if (!open) return undefined
    return () => {
      const to = opener.current
      opener.current = null
      // After whatever closed it has chosen where the focus goes.
      setTimeout(() => document.activeElement === document.body && to?.focus(), 0)
    }
  }, [open])
}

/** An item of a menu is gone by then; the button that opened the menu is not. */
function origin(element: Element | null): HTMLElement | null {
  const menu = element?.closest('[role="menu"]')
  const from = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : element
  return from instanceof HTMLElement ? from : null
}
