import type { HostMatrix } from '../backend.ts';
import { requireShape } from './shapes.ts';

/** gram += x^T x */
export function gram(gram: HostMatrix, x: HostMatrix): void {
  requireShape(gram, x.cols, x.cols, 'gram', 'gram');
  for (let i = 0; i < x.cols; i++) {
    for (let j = 0; j < x.cols; j++) {
      let sum = 0;
      for (let r = 0; r < x.rows; r++) {
        sum += (x.data[r * x.cols + i] as number) * (x.data[r * x.cols + j] as number);
      }
      gram.data[i * x.cols + j] = (gram.data[i * x.cols + j] as number) + sum;
    }
  }
}
