import { area, line } from 'd3-shape'

/** A small line of values; decoration, so its figure stands beside it in words. `filled` for what counts, plain for what is measured. */
export function Sparkline({
  values,
  width = 72,
  height = 20,
  filled = false,
}: {
  readonly values: readonly number[]
  readonly width?: number
  readonly height?: number
  readonly filled?: boolean
}) {
  if (values.length < 2) return null
  const most = Math.max(...values, 1)
  const x = (_: number, index: number) => (index * width) / (values.length - 1)
  const y = (value: number) => 1 + (1 - value / most) * (height - 2)
  const numbers = [...values]
  return (
    <svg className={filled ? 'spark' : 'spark q'} width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden>
      {filled && <path className="a" d={area<number>().x(x).y0(height).y1(y)(numbers) ?? ''} />}
      <path d={line<number>().x(x).y(y)(numbers) ?? ''} />
    </svg>
  )
}
