import { outOfDeviceMemory, TRANSFER_PIECE_BYTES, type GpuBuffer } from '@bonsai/gpu';
import type { WeightSegment } from '../device-storage.ts';
import { dispatch, flatGrid, weightFiles, type KernelContext, type KernelShape } from '../kernel-context.ts';
import { splitTiles } from '../negative-log-likelihood/vocabulary-splits.ts';

const PACK_FIELDS = { inputs: 'u32', outputs: 'u32', firstColumn4: 'u32', weightStride4: 'u32' } as const;

/** Inputs per invocation of the kernel. */
const RUN = 16;
const BYTES_PER_VALUE = { f32: 4, f16: 2, bf16: 2 } as const;

/** Columns of a weight to be packed, on the host. */
export interface ColumnSource {
  readonly inputs: number;
  readonly columns: number;
  /** Column after column, `inputs` values each. */
  readonly values: AsyncGenerator<Float32Array, void, undefined>;
}

export function packKernel({ precision }: KernelContext): KernelShape<typeof PACK_FIELDS> {
  return {
    variant: { op: 'pack-weight', precision },
    directives: [],
    files: [...weightFiles(precision), 'include/flat-index.wgsl', 'pack-weight/pack-weight.wgsl'],
    bindings: ['read', 'write'],
    fields: PACK_FIELDS,
  };
}

/** Columns are padded to a multiple of this, so that the tiles of the head and of all else are whole. */
function columnMultiple({ tile, headTile }: KernelContext): number {
  return Math.max(tile.columns, headTile.columns);
}

/**
 * Columns per segment so that every segment fits one binding. Segments are whole splits of the vocabulary where a binding
 * holds one, so that a head in segments is summed in the same order as a head in one piece.
 */
function segmentColumns(context: KernelContext, inputs: number, columns: number): number {
  const tile = columnMultiple(context);
  const inputs4 = Math.ceil(inputs / 4);
  const { bindingBytes, precision } = context;
  const tileBytes = 4 * inputs4 * tile * BYTES_PER_VALUE[precision];
  const tiles = Math.floor(bindingBytes / tileBytes);
  if (tiles === 0) {
    throw outOfDeviceMemory(
      `A weight with ${4 * inputs4} inputs needs ${tileBytes} bytes per column tile and this GPU binds at most ${bindingBytes}.`,
    );
  }
  const split = splitTiles(context, inputs, columns);
  return tile * (tiles < split ? tiles : tiles - (tiles % split));
}

/** The part of a packed weight that one buffer holds. */
export type SegmentPlan = Omit<WeightSegment, 'buffer'> & { readonly byteLength: number };

/** How a weight is padded and divided into buffers. @throws BonsaiError DEVICE_OUT_OF_MEMORY */
export function planSegments(context: KernelContext, inputs: number, columns: number): SegmentPlan[] {
  const tile = columnMultiple(context);
  const inputs4 = Math.ceil(inputs / 4);
  const padded = Math.ceil(columns / tile) * tile;
  const perSegment = segmentColumns(context, inputs, columns);
  const segments: SegmentPlan[] = [];
  for (let firstColumn = 0; firstColumn < padded; firstColumn += perSegment) {
    const paddedColumns = Math.min(perSegment, padded - firstColumn);
    const byteLength = 4 * inputs4 * paddedColumns * BYTES_PER_VALUE[context.precision];
    segments.push({ firstColumn, columns: Math.min(paddedColumns, columns - firstColumn), paddedColumns, byteLength });
  }
  return segments;
}

/** Uploads in pieces and transposes on the device. @throws BonsaiError DEVICE_OUT_OF_MEMORY, and what the source throws */
export async function packColumns(context: KernelContext, source: ColumnSource): Promise<WeightSegment[]> {
  const segments: WeightSegment[] = [];
  try {
    for (const { byteLength, ...plan } of planSegments(context, source.inputs, source.columns)) {
      const segment = { ...plan, buffer: context.device.allocate(byteLength, { label: 'weights', pooled: false }) };
      segments.push(segment);
      await packSegment(context, source, segment);
    }
  } catch (error) {
    for (const { buffer } of segments) buffer.release();
    throw error;
  } finally {
    await source.values.return();
  }
  return segments;
}

/** Columns of a segment that go to the device together. */
export function pieceColumns(inputs: number, columns: number): number {
  const columnBytes = inputs * Float32Array.BYTES_PER_ELEMENT;
  return Math.min(columns, Math.max(4, Math.floor(TRANSFER_PIECE_BYTES / columnBytes / 4) * 4));
}

async function packSegment(context: KernelContext, source: ColumnSource, segment: WeightSegment): Promise<void> {
  const { inputs } = source;
  const together = pieceColumns(inputs, segment.columns);
  const values = new Float32Array(together * inputs);
  const piece = context.device.allocate(values.byteLength, { label: 'weights on their way to the GPU', pooled: true });
  try {
    for (let first = 0; first < segment.columns; first += together) {
      const outputs = Math.min(together, segment.columns - first);
      const filled = values.subarray(0, outputs * inputs);
      await fill(filled, source);
      await packPiece(context, segment, piece, filled, { first, outputs, inputs });
    }
  } finally {
    piece.release();
  }
}

/** @throws RangeError if the source ends before */
async function fill(values: Float32Array, source: ColumnSource): Promise<void> {
  for (let at = 0; at < values.length; at += source.inputs) {
    const column = await source.values.next();
    if (column.done === true) throw new RangeError(`a weight has fewer than ${source.columns} columns`);
    values.set(column.value, at);
  }
}

async function packPiece(
  context: KernelContext,
  segment: WeightSegment,
  piece: GpuBuffer,
  values: Float32Array,
  { first, outputs, inputs }: { first: number; outputs: number; inputs: number },
): Promise<void> {
  context.device.write(piece, values);
  const pack = dispatch(packKernel(context), {
    buffers: [piece, segment.buffer],
    parameters: { inputs, outputs, firstColumn4: first / 4, weightStride4: segment.paddedColumns / 4 },
    grid: flatGrid(Math.ceil(inputs / RUN) * Math.ceil(outputs / 4)),
  });
  await context.device.run([pack]);
}
