import { useEffect } from 'react'

/*
 * Stands in for the package `react-style-singleton`, by which Radix' dialogs and menus keep the page behind them from scrolling: it writes a
 * <style> into the page, which our content security policy forbids. A constructed sheet does the same and is allowed.
 */

/** A sheet that is in force while anyone has added it. */
export function stylesheetSingleton() {
  const sheet = new CSSStyleSheet()
  let users = 0
  return {
    add(css: string) {
      if (users === 0) {
        sheet.replaceSync(css)
        document.adoptedStyleSheets.push(sheet)
      }
      users += 1
    },
    remove() {
      users -= 1
      if (users === 0) document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet)
    },
  }
}

/** The same as a hook; new styles are taken while `dynamic`. */
export function styleHookSingleton() {
  const sheet = stylesheetSingleton()
  return function useStyle(styles: string, dynamic?: boolean): void {
    useEffect(() => {
      sheet.add(styles)
      return () => sheet.remove()
      // Not dynamic: the first styles stay.
    }, [dynamic ? styles : ''])
  }
}

/** The same as a component that renders nothing. */
export function styleSingleton() {
  const useStyle = styleHookSingleton()
  return function Sheet({ styles, dynamic }: { readonly styles: string; readonly dynamic?: boolean }) {
    useStyle(styles, dynamic)
    return null
  }
}
