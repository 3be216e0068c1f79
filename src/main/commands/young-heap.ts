/** Bytes of V8's young generation at which it stops growing. */
export const largestYoungHeap = 16 * 1024 * 1024

/**
 * Keeps V8's young generation at 16 MB, where it would grow to 128 MB: nearly everything dies with its call, so that a larger one only
 * holds more that is dead. It costs about 5 % of a small call's CPU time and saves 110 MB after 100,000 calls. V8 looks its growth up whenever it
 * collects, so that it can be changed while it runs; `--max-semi-space-size` could not, and whoever sets that one is left alone.
 */
export function keepHeapYoung({ execArgv, env }: Pick<NodeJS.Process, 'execArgv' | 'env'> = process): void {
  if ([...execArgv, env.NODE_OPTIONS].some((flags) => flags?.includes('semi-space'))) return
  const v8 = process.getBuiltinModule('node:v8')
  const youngHeap = () => v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  const limitGrowth = () => v8.setFlagsFromString(`--semi-space-growth-factor=${youngHeap() < largestYoungHeap ? 2 : 1}`)
  new PerformanceObserver(limitGrowth).observe({ entryTypes: ['gc'] })
}
