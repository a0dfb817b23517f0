import { BonsaiError } from '@bonsai/support';
import type {
  BackendMemory,
  GatedWeight,
  HostMatrix,
  Indices,
  Matrix,
  Selection,
  StorageSizes,
  Weight,
} from '../backend.ts';

const BYTES_PER_ELEMENT = 4;

/** Plain arrays on the host: no padding, and nothing beside the operands. */
export const STORAGE_SIZES: StorageSizes = {
  matrix: (rows, cols) => BYTES_PER_ELEMENT * rows * cols,
  indices: (length) => BYTES_PER_ELEMENT * length,
  selection: (masks, units) => BYTES_PER_ELEMENT * masks * units,
  weight: (outputs, inputs) => BYTES_PER_ELEMENT * outputs * inputs,
  gatedWeight: (outputs, inputs) => 2 * BYTES_PER_ELEMENT * outputs * inputs,
  packing: () => 0,
  lossScratch: () => 0,
  readBack: () => 0,
};

/** Counts the bytes that a reference backend holds. */
export class MemoryMeter implements BackendMemory {
  used = 0;
  peak = 0;
  readonly budget: number;

  constructor(budget = Number.POSITIVE_INFINITY) {
    this.budget = budget;
  }

  /** @throws BonsaiError DEVICE_OUT_OF_MEMORY */
  add(bytes: number): void {
    if (this.used + bytes > this.budget) {
      throw new BonsaiError(`${bytes} bytes are needed, but ${this.used} of ${this.budget} are in use.`, {
        code: 'RESOURCE_EXHAUSTED',
        reason: 'DEVICE_OUT_OF_MEMORY',
      });
    }
    this.used += bytes;
    this.peak = Math.max(this.peak, this.used);
  }
}

/** Storage that is counted while it lives and refuses to be used after its release. */
class Storage {
  readonly byteLength: number;
  protected readonly meter: MemoryMeter;
  #live = true;

  constructor(elements: number, meter: MemoryMeter) {
    this.byteLength = elements * BYTES_PER_ELEMENT;
    this.meter = meter;
    meter.add(this.byteLength);
  }

  release(): void {
    if (!this.#live) return;
    this.#live = false;
    this.meter.add(-this.byteLength);
  }

  /** Throws after release. */
  requireLive(): void {
    if (!this.#live) throw new Error('this storage was released before it was used');
  }
}

export class ReferenceMatrix extends Storage implements Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly #data: Float32Array;

  constructor(rows: number, cols: number, data: Float32Array | undefined, meter: MemoryMeter) {
    super(rows * cols, meter);
    if (data !== undefined && data.length !== rows * cols) {
      throw new RangeError(`${data.length} values do not fill a matrix [${rows}, ${cols}]`);
    }
    this.rows = rows;
    this.cols = cols;
    this.#data = data === undefined ? new Float32Array(rows * cols) : Float32Array.from(data);
  }

  /** Throws after release. */
  get data(): Float32Array {
    this.requireLive();
    return this.#data;
  }
}

export class ReferenceIndices extends Storage implements Indices {
  readonly length: number;
  readonly #data: Uint32Array;

  constructor(data: Uint32Array, meter: MemoryMeter) {
    super(data.length, meter);
    this.length = data.length;
    this.#data = Uint32Array.from(data);
  }

  /** Throws after release. */
  get data(): Uint32Array {
    this.requireLive();
    return this.#data;
  }
}

export class ReferenceSelection extends Storage implements Selection {
  readonly masks: number;
  readonly units: number;
  readonly unitWidth: number;
  readonly unitsPerGroup: number;
  readonly #kept: readonly Uint32Array[];

  constructor(kept: readonly Uint32Array[], units: number, unitWidth: number, meter: MemoryMeter, unitsPerGroup = 1) {
    super(
      kept.reduce((sum, { length }) => sum + length, 0),
      meter,
    );
    this.masks = kept.length;
    this.units = units;
    this.unitWidth = unitWidth;
    this.unitsPerGroup = unitsPerGroup;
    this.#kept = kept.map((indices) => Uint32Array.from(indices));
  }

  /** Units that the mask of a row keeps, out of a batch of `rows` rows. Throws after release. */
  ofRow(row: number, rows: number): Uint32Array {
    this.requireLive();
    return this.#kept[Math.floor(row / (rows / this.masks))] as Uint32Array;
  }

  /** Columns of those units, ascending. */
  columnsOfRow(row: number, rows: number): number[] {
    const columns: number[] = [];
    for (const unit of this.ofRow(row, rows)) {
      for (let i = 0; i < this.unitWidth; i++) columns.push(unit * this.unitWidth + i);
    }
    return columns;
  }
}

/** Takes its values over. */
export class ReferenceWeight extends Storage implements Weight {
  readonly inputs: number;
  readonly outputs: number;
  readonly #values: HostMatrix;

  constructor(values: HostMatrix, meter: MemoryMeter) {
    super(values.data.length, meter);
    this.inputs = values.cols;
    this.outputs = values.rows;
    this.#values = values;
  }

  get values(): HostMatrix {
    this.requireLive();
    return this.#values;
  }

  /** Another weight of the same values. */
  twin(): this {
    return new ReferenceWeight(this.#values, this.meter) as this;
  }
}

/** Takes its values over. */
export class ReferenceGatedWeight extends Storage implements GatedWeight {
  readonly gated = true;
  readonly inputs: number;
  readonly outputs: number;
  readonly #gate: HostMatrix;
  readonly #up: HostMatrix;

  constructor(gate: HostMatrix, up: HostMatrix, meter: MemoryMeter) {
    super(gate.data.length + up.data.length, meter);
    if (gate.rows !== up.rows || gate.cols !== up.cols) throw new RangeError('gate and up differ in shape');
    this.inputs = gate.cols;
    this.outputs = gate.rows;
    this.#gate = gate;
    this.#up = up;
  }

  get gate(): HostMatrix {
    this.requireLive();
    return this.#gate;
  }

  get up(): HostMatrix {
    this.requireLive();
    return this.#up;
  }

  /** Another weight of the same values. */
  twin(): this {
    return new ReferenceGatedWeight(this.#gate, this.#up, this.meter) as this;
  }
}

/** The host side of a backend's objects; another backend's are refused. */
export function hostMatrix(matrix: Matrix): ReferenceMatrix {
  if (matrix instanceof ReferenceMatrix) return matrix;
  throw new TypeError('the matrix belongs to another backend');
}

export function hostIndices(indices: Indices): Uint32Array {
  if (indices instanceof ReferenceIndices) return indices.data;
  throw new TypeError('the indices belong to another backend');
}

export function hostSelection(selection: Selection): ReferenceSelection {
  if (selection instanceof ReferenceSelection) return selection;
  throw new TypeError('the selection belongs to another backend');
}

export function hostWeight(weight: Weight): HostMatrix {
  if (weight instanceof ReferenceWeight) return weight.values;
  throw new TypeError('the weight belongs to another backend, or is gated');
}

/** Gated or not. */
export function anyHostWeight<W extends Weight>(weight: W): W & (ReferenceWeight | ReferenceGatedWeight) {
  if (weight instanceof ReferenceWeight || weight instanceof ReferenceGatedWeight) return weight;
  throw new TypeError('the weight belongs to another backend');
}

export function hostGatedWeight(weight: GatedWeight): ReferenceGatedWeight {
  if (weight instanceof ReferenceGatedWeight) return weight;
  throw new TypeError('the gated weight belongs to another backend');
}
