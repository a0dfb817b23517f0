import type { GpuDevice } from '@bonsai/gpu';
import { eachRow } from '@bonsai/ops';
import type {
  Backend,
  BackendMemory,
  GatedWeight,
  HostCopy,
  HostMatrix,
  HostRows,
  Indices,
  Matrix,
  Recorder,
  Selection,
  StorageSizes,
  Weight,
  WeightPrecision,
} from '@bonsai/ops';
import { chooseTiling } from './choose-tiling.ts';
import {
  DeviceGatedWeight,
  DeviceIndices,
  DeviceMatrix,
  anyDeviceWeight,
  deviceMatrix,
  DeviceSelection,
  DeviceWeight,
} from './device-storage.ts';
import { tileNamed, type TileName } from './gemm-tile.ts';
import { GpuRecorder } from './gpu-recorder.ts';
import { kernelContext, type KernelContext } from './kernel-context.ts';
import { padRows, unpadRows } from './padded-rows.ts';
import { alternateRows } from './pack-weight/alternate-rows.ts';
import { copySegments, restoreSegments } from './pack-weight/host-segments.ts';
import { packColumns } from './pack-weight/pack-weight.ts';
import { selectionTable } from './selection-table.ts';
import { storageSizes } from './storage-sizes.ts';
import type { Tiling } from './tiling.ts';
import { weightLimit } from './weight-limit.ts';

/** What a backend is made for; everything has a default that suits the device. */
export interface GpuBackendOptions {
  /** Number format of packed weights; unset takes f32, which loses nothing. */
  readonly precision?: WeightPrecision;
  /** Tile scheme of the matrix kernels; unset takes the one that suits the device. */
  readonly tiling?: Tiling;
  /** Tile of products, as tuning found it; unset or unknown takes one that is fair everywhere. No bit depends on it. */
  readonly tile?: TileName | undefined;
  /** Bytes that one binding may have; unset takes the device's limit. Small values cut weights into many segments. */
  readonly bindingBytes?: number;
}

/** The op contract in WGSL. Owns the device. @throws BonsaiError DEVICE_VALIDATION */
export async function createGpuBackend(device: GpuDevice, options: GpuBackendOptions = {}): Promise<Backend> {
  const precision = options.precision ?? 'f32';
  const tiling = options.tiling ?? (await chooseTiling(device));
  const tile = options.tile && tileNamed(tiling, precision, options.tile);
  const context = kernelContext(device, { precision, tiling, tile });
  const bindingBytes = Math.min(context.bindingBytes, options.bindingBytes ?? Infinity);
  return new GpuBackend({ ...context, bindingBytes });
}

/** See {@link createGpuBackend}. */
export class GpuBackend implements Backend {
  readonly weightPrecision: WeightPrecision;
  readonly weightLimit: number;
  readonly sizes: StorageSizes;
  readonly #context: KernelContext;

  constructor(context: KernelContext) {
    this.weightPrecision = context.precision;
    this.weightLimit = weightLimit(context);
    this.sizes = storageSizes(context);
    this.#context = context;
  }

  get memory(): BackendMemory {
    return this.#context.device.memory;
  }

  mostRows(cols: number): number {
    return Math.floor(this.#context.bindingBytes / DeviceMatrix.byteLength(1, cols));
  }

  matrix(rows: number, cols: number, data?: Float32Array): Matrix {
    const { device } = this.#context;
    const matrix = this.#emptyMatrix(rows, cols, data);
    if (data === undefined) device.clear(matrix.buffer);
    else device.write(matrix.buffer, padRows(data, rows, cols));
    return matrix;
  }

  indices(data: Uint32Array): Indices {
    const { device } = this.#context;
    const buffer = device.allocate(data.byteLength, { label: `${data.length} indices`, pooled: true });
    device.write(buffer, data);
    return new DeviceIndices(data.length, buffer);
  }

  selection(kept: readonly Uint32Array[], units: number, unitWidth: number, unitsPerGroup?: number): Selection {
    const { device } = this.#context;
    const table = selectionTable(kept, units, unitWidth, unitsPerGroup);
    const buffer = device.allocate(table.values.byteLength, { label: `${table.masks} selections`, pooled: true });
    device.write(buffer, table.values);
    return new DeviceSelection(table, buffer);
  }

  async packWeight(weight: HostRows): Promise<Weight> {
    const { rows: columns, cols: inputs } = weight;
    const segments = await packColumns(this.#context, { inputs, columns, values: eachRow(weight) });
    return new DeviceWeight(inputs, columns, segments);
  }

  async packGatedWeight(gate: HostRows, up: HostRows): Promise<GatedWeight> {
    if (gate.rows !== up.rows || gate.cols !== up.cols) throw new RangeError('gate and up differ in shape');
    const { rows: neurons, cols: inputs } = gate;
    const values = alternateRows(gate, up);
    const segments = await packColumns(this.#context, { inputs, columns: 2 * neurons, values });
    return new DeviceGatedWeight(inputs, neurons, segments);
  }

  async packMatrix({ rows, cols, data }: HostMatrix): Promise<Matrix> {
    const matrix = this.#emptyMatrix(rows, cols, data);
    try {
      await this.#context.device.upload(matrix.buffer, padRows(data, rows, cols));
    } catch (error) {
      matrix.release();
      throw error;
    }
    return matrix;
  }

  async copyWeight<W extends Weight>(weight: W): Promise<HostCopy<W>> {
    const packed = anyDeviceWeight(weight);
    const { device } = this.#context;
    const copies = await copySegments(device, packed.segments);
    return {
      byteLength: packed.byteLength,
      restore: async () => packed.withSegments(await restoreSegments(device, copies)),
    };
  }

  recorder(): Recorder {
    return new GpuRecorder(this.#context);
  }

  async submit(recorder: Recorder): Promise<void> {
    if (!(recorder instanceof GpuRecorder)) throw new TypeError('the recorder belongs to another backend');
    const { dispatches, held } = recorder.take();
    await this.#context.device.run(dispatches, () => {
      for (const buffer of held) buffer.release();
    });
  }

  async read(matrix: Matrix): Promise<Float32Array> {
    const { rows, cols, buffer } = deviceMatrix(matrix);
    const bytes = await this.#context.device.read(buffer, DeviceMatrix.byteLength(rows, cols));
    return unpadRows(new Float32Array(bytes), rows, cols);
  }

  async dispose(): Promise<void> {
    await this.#context.device.dispose();
  }

  /** Its content is undefined. @param data that is to fill it */
  #emptyMatrix(rows: number, cols: number, data: Float32Array | undefined): DeviceMatrix {
    if (data !== undefined && data.length !== rows * cols) {
      throw new RangeError(`${data.length} values do not fill a matrix [${rows}, ${cols}]`);
    }
    const buffer = this.#context.device.allocate(DeviceMatrix.byteLength(rows, cols), {
      label: `matrix [${rows}, ${cols}]`,
      pooled: true,
    });
    return new DeviceMatrix(rows, cols, buffer);
  }
}
