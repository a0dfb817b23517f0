import type { GpuBuffer } from '@bonsai/gpu';
import type { GatedWeight, Indices, Matrix, Selection, Weight } from '@bonsai/ops';
import type { SelectionTable } from './selection-table.ts';

const FLOAT_BYTES = 4;
export const LANE_WIDTH = 4;

/** Rows of vec4: every row is padded with zeros to a multiple of four columns. */
export class DeviceMatrix implements Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly buffer: GpuBuffer;

  constructor(rows: number, cols: number, buffer: GpuBuffer) {
    this.rows = rows;
    this.cols = cols;
    this.buffer = buffer;
  }

  static byteLength(rows: number, cols: number): number {
    return FLOAT_BYTES * rows * LANE_WIDTH * Math.ceil(cols / LANE_WIDTH);
  }

  /** vec4 per row. */
  get stride4(): number {
    return Math.ceil(this.cols / LANE_WIDTH);
  }

  release(): void {
    if (!this.buffer.released) this.buffer.release();
  }
}

export class DeviceIndices implements Indices {
  readonly length: number;
  readonly buffer: GpuBuffer;

  constructor(length: number, buffer: GpuBuffer) {
    this.length = length;
    this.buffer = buffer;
  }

  release(): void {
    if (!this.buffer.released) this.buffer.release();
  }
}

/** What masks keep, in the layout of {@link selectionTable}. */
export class DeviceSelection implements Selection {
  readonly masks: number;
  readonly units: number;
  readonly unitWidth: number;
  readonly unitsPerGroup: number;
  /** Units of the mask that keeps most. */
  readonly widest: number;
  /** Groups of the mask that keeps some of most. */
  readonly mostGroups: number;
  /** vec4 per mask. */
  readonly stride4: number;
  readonly buffer: GpuBuffer;

  constructor(table: SelectionTable, buffer: GpuBuffer) {
    this.masks = table.masks;
    this.units = table.units;
    this.unitWidth = table.unitWidth;
    this.unitsPerGroup = table.unitsPerGroup;
    this.widest = table.widest;
    this.mostGroups = table.mostGroups;
    this.stride4 = table.stride4;
    this.buffer = buffer;
  }

  release(): void {
    if (!this.buffer.released) this.buffer.release();
  }
}

/** Consecutive columns of a packed weight that one binding can hold. */
export interface WeightSegment {
  readonly buffer: GpuBuffer;
  readonly firstColumn: number;
  /** Columns that carry values. */
  readonly columns: number;
  /** Columns per row of the buffer, a whole number of tiles. */
  readonly paddedColumns: number;
}

/** A weight transposed to [inputs, columns] and padded with zeros: inputs to vec4, columns to whole tiles. */
export class DeviceWeight implements Weight {
  readonly inputs: number;
  readonly outputs: number;
  readonly segments: readonly WeightSegment[];

  constructor(inputs: number, outputs: number, segments: readonly WeightSegment[]) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.segments = segments;
  }

  get byteLength(): number {
    return this.segments.reduce((sum, segment) => sum + segment.buffer.byteLength, 0);
  }

  /** A weight of the same kind and shape, in other buffers. */
  withSegments(segments: readonly WeightSegment[]): this {
    return new DeviceWeight(this.inputs, this.outputs, segments) as this;
  }

  release(): void {
    for (const { buffer } of this.segments) if (!buffer.released) buffer.release();
  }
}

/** Gate and up columns alternate. */
export class DeviceGatedWeight extends DeviceWeight implements GatedWeight {
  readonly gated = true;

  override withSegments(segments: readonly WeightSegment[]): this {
    return new DeviceGatedWeight(this.inputs, this.outputs, segments) as this;
  }
}

/** The device side of a contract object; another backend's are refused. */
export function deviceMatrix(matrix: Matrix): DeviceMatrix {
  if (matrix instanceof DeviceMatrix) return matrix;
  throw new TypeError('the matrix belongs to another backend');
}

export function deviceIndices(indices: Indices): DeviceIndices {
  if (indices instanceof DeviceIndices) return indices;
  throw new TypeError('the indices belong to another backend');
}

export function deviceSelection(selection: Selection): DeviceSelection {
  if (selection instanceof DeviceSelection) return selection;
  throw new TypeError('the selection belongs to another backend');
}

export function deviceWeight(weight: Weight): DeviceWeight {
  if (weight instanceof DeviceWeight && !(weight instanceof DeviceGatedWeight)) return weight;
  throw new TypeError('the weight belongs to another backend, or is gated');
}

/** Gated or not. */
export function anyDeviceWeight<W extends Weight>(weight: W): W & DeviceWeight {
  if (weight instanceof DeviceWeight) return weight;
  throw new TypeError('the weight belongs to another backend');
}

export function deviceGatedWeight(weight: GatedWeight): DeviceGatedWeight {
  if (weight instanceof DeviceGatedWeight) return weight;
  throw new TypeError('the gated weight belongs to another backend');
}
