import type { Backend } from '@bonsai/ops';
import { BonsaiError } from '@bonsai/support';
import { ROWS_PER_CHUNK, rowLimit } from '../forward/row-limit.ts';
import { GRAM_ELEMENTS } from '../statistics/plan-layers.ts';
import { keptWidths, wholeWidths, widestActivation } from './kept-widths.ts';
import type { KeptWidths } from './kept-widths.ts';
import { layersThatStay } from './layers-that-stay.ts';
import { recoveryBytes } from './recovery-bytes.ts';
import { gatheredWidth, requestBytes, totalBytes } from './request-bytes.ts';
import type { DeviceFacts, Division, MemoryRequest, RequestBytes } from './request-bytes.ts';
import { weightBytes } from './weight-bytes.ts';
import { weightWays } from './weight-ways.ts';

/** How a request goes through a device, and the bytes of device memory that it takes at its peak. */
export interface MemoryPlan extends RequestBytes {
  /** Packed weights and norms that are on the device at once: what stays, and room for two of the layers that pass. */
  readonly weights: number;
  /** Layers that pass through that room once for every chunk of rows. */
  readonly streamed: number;
  readonly staying: ReadonlySet<number>;
  readonly division: Division;
}

const BYTES_PER_ELEMENT = 4;

/**
 * Plans from shapes alone: nothing is read and nothing runs. If all weights fit beside the smallest chunk (one window, one
 * mask), they stay. If not, memory goes to rows first, up to a whole chunk, and then to layers that stay: what passes per
 * row is (W - S) / rows with S bytes of W staying, and while W is more than S and rows share, rows lower it more. A whole
 * chunk of 8192 rows computes 8192 operations per byte of 16-bit weights, which takes longer than a transfer of 10 GB/s on any
 * device below 80 TFLOP/s.
 * @param available bytes of device memory that there are for the model
 * @throws BonsaiError WINDOW_LENGTH, DEVICE_OUT_OF_MEMORY if the device cannot hold what is asked for
 */
export function planMemory(
  request: MemoryRequest,
  device: DeviceFacts & Pick<Backend, 'memory'>,
  available = device.memory.budget,
): MemoryPlan {
  if (request.windowLengths.length === 0) throw new RangeError('a plan needs a window');
  const widths = keptWidths(request.config, request.cut);
  const { leastRows, mostRows } = rowRange(request, widths, device);
  const submits = submitsOf(request, device);
  const bytesOf = (maxRows: number, gramElements: number): RequestBytes =>
    dividedBytes(request, widths, { maxRows, gramElements, ...submits }, device);
  const ofWeights = weightBytes(request.config, widths, device.sizes);
  const { tables, layers } = ofWeights;
  const ways = weightWays(ofWeights);
  const gramLimits = [Math.min(GRAM_ELEMENTS, available / 4 / BYTES_PER_ELEMENT), 0];
  for (const { weights, withPacking } of ways) {
    for (const gramElements of gramLimits) {
      const needed = (maxRows: number): RequestBytes => withPacking(bytesOf(maxRows, gramElements));
      const maxRows = largestRows(leastRows, mostRows, available - weights, (rows) => totalBytes(needed(rows)));
      if (maxRows === undefined) continue;
      const bytes = needed(maxRows);
      const stay = layersThatStay(layers, available - tables - totalBytes(bytes));
      const division = { maxRows, gramElements, ...submits };
      return { ...bytes, ...stay, weights: tables + stay.weights, division };
    }
  }
  const smallest = bytesOf(leastRows, 0);
  const least = ways.map(({ weights, withPacking }) => weights + totalBytes(withPacking(smallest)));
  throw tooLittle(Math.min(...least), available, request);
}

/** Rows of the smallest chunk, one window and one mask, and the most that a chunk may have. */
function rowRange(
  request: MemoryRequest,
  widths: readonly KeptWidths[],
  device: DeviceFacts,
): { readonly leastRows: number; readonly mostRows: number } {
  const { config, windowLengths, work, rowsPerChunk = ROWS_PER_CHUNK } = request;
  const recovers = 'recovery' in work;
  const widest = widestActivation(config.hiddenSize, recovers ? [wholeWidths(config)] : widths);
  const lengths = recovers ? [...windowLengths, ...work.recovery.heldOut] : windowLengths;
  const columns = Math.max(widest, gatheredWidth(request));
  const mostRows = rowLimit(device.mostRows(columns), rowsPerChunk, lengths);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return { leastRows: Math.min(mostRows, longest), mostRows };
}

function submitsOf(
  { work }: MemoryRequest,
  { memory }: Pick<Backend, 'memory'>,
): Pick<Division, 'layerByLayer' | 'lanes'> {
  const layerByLayer = Number.isFinite(memory.budget);
  // Only masks do not wait for each other, and counted memory goes further with one.
  return { layerByLayer, lanes: !layerByLayer && 'masks' in work ? 2 : 1 };
}

function dividedBytes(
  request: MemoryRequest,
  widths: readonly KeptWidths[],
  division: Division,
  device: DeviceFacts,
): RequestBytes {
  const { config, windowLengths, work } = request;
  return 'recovery' in work
    ? recoveryBytes({ config, windowLengths, ...work }, widths, division, device)
    : requestBytes({ ...request, work }, widths, division, device);
}

/** The most rows that fit; undefined: not even the least do. What rows take is about proportional to their number. */
function largestRows(
  least: number,
  most: number,
  available: number,
  needed: (rows: number) => number,
): number | undefined {
  let rows = most;
  for (;;) {
    const bytes = needed(rows);
    if (bytes <= available) return rows;
    if (rows <= least) return undefined;
    rows = Math.max(least, Math.min(rows - 1, Math.floor((rows * available) / bytes)));
  }
}

function tooLittle(least: number, available: number, { work }: MemoryRequest): BonsaiError {
  const [leastMiB, availableMiB] = [Math.ceil(least / 2 ** 20), Math.floor(available / 2 ** 20)];
  const [what, cure] =
    'recovery' in work
      ? [
          'Recovery keeps all its windows on the device and takes',
          'raise --gpu-memory, or give fewer --calibration-windows or a shorter --context',
        ]
      : ['This takes, one window at a time,', 'raise --gpu-memory or give a shorter --context'];
  return new BonsaiError(
    `${what} at least ${leastMiB} MiB (${least} bytes) of GPU memory, and ${availableMiB} MiB are there; ${cure}.`,
    { code: 'RESOURCE_EXHAUSTED', reason: 'DEVICE_OUT_OF_MEMORY', field: 'gpu_memory' },
  );
}
