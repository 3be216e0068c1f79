/** The recorded arguments as values; null when they were too long to be kept whole. */
export function parseArguments(text: string): Record<string, unknown> | null {
  try {
    const values: unknown = JSON.parse(text)
    return typeof values === 'object' && values !== null && !Array.isArray(values) ? (values as Record<string, unknown>) : null
  } catch {
    return null
  }
}
