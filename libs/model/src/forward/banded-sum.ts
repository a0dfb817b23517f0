import { ROW_STEP } from '@bonsai/ops';
import type { Backend, HostMatrix, Matrix, RowRange } from '@bonsai/ops';
import type { Holdings } from '../holdings.ts';
import { sharedFloats } from '../linear-algebra/shared-arrays.ts';

/** Rows of a matrix in bands that a device can each hold; every device holds {@link ROW_STEP} rows. */
export function rowBands(rows: number, cols: number, device: Pick<Backend, 'mostRows'>): RowRange[] {
  const most = device.mostRows(cols);
  if (rows <= most) return [{ first: 0, count: rows }];
  const height = ROW_STEP * Math.floor(most / ROW_STEP);
  return Array.from({ length: Math.ceil(rows / height) }, (_, band) => {
    const first = band * height;
    return { first, count: Math.min(height, rows - first) };
  });
}

/** Bytes of device memory that a {@link BandedSum} takes. */
export function bandedBytes(rows: number, cols: number, device: Pick<Backend, 'mostRows' | 'sizes'>): number {
  return rowBands(rows, cols, device).reduce((sum, { count }) => sum + device.sizes.matrix(count, cols), 0);
}

/** A sum on a device, all zeros at first, whose rows may be more than one matrix can have. */
export class BandedSum {
  readonly rows: number;
  readonly cols: number;
  /** From the first row to the last. */
  readonly bands: readonly { readonly first: number; readonly matrix: Matrix }[];

  private constructor(rows: number, cols: number, bands: BandedSum['bands']) {
    this.rows = rows;
    this.cols = cols;
    this.bands = bands;
  }

  /** @throws BonsaiError DEVICE_OUT_OF_MEMORY */
  static zeros(backend: Backend, rows: number, cols: number, holdings: Holdings): BandedSum {
    const bands = rowBands(rows, cols, backend).map(({ first, count }) => ({
      first,
      matrix: holdings.keep(backend.matrix(count, cols)),
    }));
    return new BandedSum(rows, cols, bands);
  }

  /** Shared, so that threads that work on it need no copy. */
  async read(backend: Backend): Promise<HostMatrix> {
    const data = sharedFloats(this.rows * this.cols);
    for (const { first, matrix } of this.bands) data.set(await backend.read(matrix), first * this.cols);
    return { rows: this.rows, cols: this.cols, data };
  }
}
