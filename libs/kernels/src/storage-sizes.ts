import { TRANSFER_PIECE_BYTES } from '@bonsai/gpu';
import type { StorageSizes } from '@bonsai/ops';
import { DeviceMatrix } from './device-storage.ts';
import type { KernelContext } from './kernel-context.ts';
import { scratchBytes } from './negative-log-likelihood/negative-log-likelihood.ts';
import { splitTiles } from './negative-log-likelihood/vocabulary-splits.ts';
import { pieceColumns, planSegments } from './pack-weight/pack-weight.ts';
import { selectionStride4 } from './selection-table.ts';

/** What the storage of a GPU backend takes: rows padded to vec4, weights to whole tiles, pooled buffers to size classes. */
export function storageSizes(context: KernelContext): StorageSizes {
  const pooled = (byteLength: number): number => context.device.pooledSize(byteLength);
  const transfer = (byteLength: number): number => pooled(Math.min(byteLength, TRANSFER_PIECE_BYTES));
  const weight = (columns: number, inputs: number): number =>
    planSegments(context, inputs, columns).reduce((sum, { byteLength }) => sum + byteLength, 0);
  return {
    matrix: (rows, cols) => pooled(DeviceMatrix.byteLength(rows, cols)),
    indices: (length) => pooled(Uint32Array.BYTES_PER_ELEMENT * length),
    selection: (masks, units, unitWidth) =>
      pooled(4 * Uint32Array.BYTES_PER_ELEMENT * masks * selectionStride4(units, unitWidth)),
    weight,
    gatedWeight: (outputs, inputs) => weight(2 * outputs, inputs),
    packing: (outputs, inputs) =>
      Math.max(
        ...planSegments(context, inputs, outputs).map(({ columns, byteLength }) =>
          Math.max(
            pooled(Float32Array.BYTES_PER_ELEMENT * inputs * pieceColumns(inputs, columns)),
            transfer(byteLength),
          ),
        ),
      ),
    lossScratch: (rows, vocabulary, inputs) => {
      const tilesPerSplit = splitTiles(context, inputs, vocabulary);
      const splits = planSegments(context, inputs, vocabulary).reduce(
        (sum, { paddedColumns }) => sum + Math.ceil(paddedColumns / context.headTile.columns / tilesPerSplit),
        0,
      );
      const { partials, targetLogits } = scratchBytes(rows, splits);
      return pooled(partials) + pooled(targetLogits);
    },
    readBack: (rows, cols) => transfer(DeviceMatrix.byteLength(rows, cols)),
  };
}
