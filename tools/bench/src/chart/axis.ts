/** Maps values of a range to positions on a line of pixels. */
export interface Axis {
  position(value: number): number;
  readonly ticks: readonly number[];
}

/** @param pixels positions of the range's ends */
export function linearAxis(range: readonly [number, number], pixels: readonly [number, number], tickCount = 5): Axis {
  const [low, high] = widened(range);
  const step = niceStep((high - low) / tickCount);
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  const position = (value: number): number => pixels[0] + ((value - low) / (high - low)) * (pixels[1] - pixels[0]);
  return { position, ticks };
}

/** Ticks at 1, 2 and 5 times powers of ten, at all digits within a decade. @param range positive */
export function logAxis(range: readonly [number, number], pixels: readonly [number, number]): Axis {
  const [low, high] = widened([Math.log10(range[0]), Math.log10(range[1])]);
  const digits = high - low > 1 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const ticks: number[] = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const digit of digits) {
      const tick = Number((digit * 10 ** power).toPrecision(12));
      if (Math.log10(tick) >= low && Math.log10(tick) <= high) ticks.push(tick);
    }
  }
  const position = (value: number): number =>
    pixels[0] + ((Math.log10(value) - low) / (high - low)) * (pixels[1] - pixels[0]);
  return { position, ticks };
}

/** The least and the greatest of the values. */
export function rangeOf(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}

function widened([low, high]: readonly [number, number]): [number, number] {
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least) ?? least;
}
