import type { Backend } from '../backend.ts';
import { wholeMatrix } from '../host-rows.ts';
import { ReferenceRecorder } from './reference-recorder.ts';
import {
  MemoryMeter,
  ReferenceGatedWeight,
  ReferenceIndices,
  ReferenceMatrix,
  ReferenceSelection,
  ReferenceWeight,
  STORAGE_SIZES,
  anyHostWeight,
  hostMatrix,
} from './storage.ts';

export interface ReferenceBackendOptions {
  /** Small values make callers split their work. */
  readonly maxMatrixElements?: number;
  /** Bytes that storage may take in all. */
  readonly memoryBudget?: number;
}

/**
 * The op contract on the host, in the plainest form: naive loops, every sum in f64, results rounded once to f32. It is
 * what other backends are compared with, and fast enough for models of a few million parameters.
 */
export function createReferenceBackend(options: ReferenceBackendOptions = {}): Backend {
  const { maxMatrixElements = 2 ** 28, memoryBudget } = options;
  const memory = new MemoryMeter(memoryBudget);
  const mostRows = (cols: number): number => Math.floor(maxMatrixElements / cols);
  const matrix: Backend['matrix'] = (rows, cols, data) => {
    if (rows > mostRows(cols)) throw new RangeError(`[${rows}, ${cols}] is more than a matrix may have`);
    return new ReferenceMatrix(rows, cols, data, memory);
  };
  return {
    weightPrecision: 'f32',
    weightLimit: Number.POSITIVE_INFINITY,
    sizes: STORAGE_SIZES,
    memory,
    mostRows,
    matrix,
    indices: (data) => new ReferenceIndices(data, memory),
    selection: (kept, units, unitWidth, unitsPerGroup) =>
      new ReferenceSelection(kept, units, unitWidth, memory, unitsPerGroup),
    packWeight: async (weight) => new ReferenceWeight(await wholeMatrix(weight), memory),
    packGatedWeight: async (gate, up) =>
      new ReferenceGatedWeight(await wholeMatrix(gate), await wholeMatrix(up), memory),
    packMatrix: ({ rows, cols, data }) => attempt(() => matrix(rows, cols, data)),
    copyWeight: (weight) =>
      attempt(() => {
        const packed = anyHostWeight(weight);
        packed.requireLive();
        return { byteLength: packed.byteLength, restore: () => attempt(() => packed.twin()) };
      }),
    recorder: () => new ReferenceRecorder(),
    submit: (recorder) =>
      attempt(() => {
        if (!(recorder instanceof ReferenceRecorder)) throw new TypeError('the recorder belongs to another backend');
        recorder.run();
      }),
    read: (source) => attempt(() => Float32Array.from(hostMatrix(source).data)),
    dispose: () => Promise.resolve(),
  };
}

/** Works at once; what it throws is a rejection, as on a device. */
function attempt<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}
