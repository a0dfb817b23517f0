import type { HostMatrix } from '../backend.ts';
import { requireShape } from '../op-shapes.ts';

/** x += factor * y, in place. */
export function addScaled(x: HostMatrix, y: HostMatrix, factor: number): void {
  requireShape(y, x.rows, x.cols, 'addScaled', 'y');
  for (const [at, value] of y.data.entries()) x.data[at] = (x.data[at] as number) + factor * value;
}
