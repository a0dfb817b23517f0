/**
 * The op contract: all that a forward pass may ask of a device. The naive CPU implementation in this library is its
 * specification; `libs/kernels` implements it in WGSL. Matrices are row-major f32, sums are accumulated in f32 or
 * better, and the value of a row never depends on how many other rows share the call.
 */

/** Activations: [rows, cols]. Storage layout (padding, strides) is the backend's own affair. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  /** Gives the storage back; a released matrix must not be used again. */
  release(): void;
}

/** Consecutive rows of a matrix, from a multiple of {@link ROW_STEP} on. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** A whole number of the rows that a kernel takes together, whatever the kernel. */
export const ROW_STEP = 256;

/** Token ids on the device. */
export interface Indices {
  readonly length: number;
  release(): void;
}

/** Number format of packed weights. */
export type WeightPrecision = 'f32' | 'f16' | 'bf16';

/** A linear map packed for the device in its weight precision: [outputs, inputs] as in Hugging Face checkpoints. */
export interface Weight {
  readonly inputs: number;
  readonly outputs: number;
  readonly byteLength: number;
  release(): void;
}

/** Gate and up projection of a SwiGLU FFN, packed together: two maps from `inputs` to `outputs`. */
export interface GatedWeight extends Weight {
  readonly gated: true;
}

/** A packed weight on the host, in the backend's own layout. */
export interface HostCopy<W extends Weight> {
  /** Of host memory. */
  readonly byteLength: number;
  /** The weight again, bit by bit. @throws BonsaiError DEVICE_OUT_OF_MEMORY */
  restore(): Promise<W>;
}

/** Row-major [outputs, inputs] values on the host: all of them, or blocks of whole rows, top to bottom. */
export interface HostRows {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array | AsyncIterable<Float32Array>;
}

/** Values that are all in memory. */
export interface HostMatrix extends HostRows {
  readonly data: Float32Array;
}

/**
 * The units that each mask of a batch keeps. Rows of activations are ordered (mask, window, token), equally many per mask.
 * A compact matrix has a column for every column of every unit, but a row of it holds those of the units that the row's
 * mask keeps, in ascending order. What follows them is not read, and may be anything finite.
 */
export interface Selection {
  readonly masks: number;
  /** Units that are chosen from. */
  readonly units: number;
  /** Consecutive columns that make up one unit. */
  readonly unitWidth: number;
  /** Consecutive units that form a group, as the query heads of a key/value head do; 1 where there are no groups. */
  readonly unitsPerGroup: number;
  release(): void;
}

export interface AttentionShape {
  readonly headDim: number;
  /** Query heads in the input; a multiple of kvGroups; head h reads group floor(h / (queryHeads / kvGroups)). */
  readonly queryHeads: number;
  readonly kvGroups: number;
  /** Consecutive rows that form one window; attention is causal within a window. */
  readonly windowLength: number;
}

/** Target id that scores 0: the last token of a window has nothing to predict. */
export const NO_TARGET = 0xffffffff;

/**
 * Records ops; nothing runs before {@link Backend.submit}. Ops run in the order recorded. What is recorded keeps storage in use
 * until it is submitted or released.
 */
export interface Recorder {
  /** out[r] = table[tokens[r mod tokens.length]]; table is [vocabulary, hidden], out [rows, hidden]. */
  embed(out: Matrix, table: Weight, tokens: Indices): void;
  /** Block i of `out` is block sources[i] of `x`, where `out` is sources.length blocks of equally many rows. */
  copyBlocks(out: Matrix, x: Matrix, sources: Indices): void;
  /** out[r] = x[r] / sqrt(mean(x[r]^2) + epsilon) * gain; gain is [1, cols]. */
  rmsNorm(out: Matrix, x: Matrix, gain: Matrix, epsilon: number): void;
  /**
   * out[r] = (x[r] - mean(x[r])) / sqrt(variance(x[r]) + epsilon) * gain + bias; gain and bias are [1, out.cols]. Columns that
   * `out` has beyond those of `x` are the bias alone.
   */
  layerNorm(out: Matrix, x: Matrix, gain: Matrix, bias: Matrix, epsilon: number): void;
  /** out = x W^T, plus `residual` if given; `residual` may be `out` itself. */
  linear(out: Matrix, x: Matrix, weight: Weight, residual?: Matrix): void;
  /** x[r] += bias, in place; bias is [1, cols]. With `kept`, `x` is compact: column i gets the bias of the i-th kept column. */
  addBias(x: Matrix, bias: Matrix, kept?: Selection): void;
  /** x += factor * y, in place; both are of one shape. */
  addScaled(x: Matrix, y: Matrix, factor: number): void;
  /**
   * out = gelu(x + bias), GELU by tanh as in GPT-2; bias is [1, cols], `out` another matrix than `x`. With `kept`, `out` is
   * compact and `x` is not: what the mask of the row removes is left out.
   */
  biasedGelu(out: Matrix, x: Matrix, bias: Matrix, kept?: Selection): void;
  /** out = silu(x Wg^T) * (x Wu^T). */
  gatedLinear(out: Matrix, x: Matrix, weight: GatedWeight): void;
  /** As {@link linear}, but only the outputs that the mask of the row keeps; `out` is compact, units have even widths. */
  linearToKept(out: Matrix, x: Matrix, weight: Weight, kept: Selection): void;
  /** As {@link linear}, where `x` is compact: its columns are the inputs that the mask of the row keeps. */
  linearFromKept(out: Matrix, x: Matrix, weight: Weight, kept: Selection, residual?: Matrix): void;
  /** As {@link gatedLinear}, but only the outputs that the mask of the row keeps; `out` is compact, units are one wide. */
  gatedLinearToKept(out: Matrix, x: Matrix, weight: GatedWeight, kept: Selection): void;
  /**
   * Divides, in place, every query and key head of qkv as in {@link rotaryEmbedding} by sqrt(mean(x^2) + epsilon) and
   * multiplies it by a gain; gains is [2, headDim], of queries and of keys.
   */
  headNorm(qkv: Matrix, gains: Matrix, shape: AttentionShape, epsilon: number, kept?: Selection): void;
  /**
   * Rotates, in place, the query and key heads of qkv = [rows, (queryHeads + 2 kvGroups) * headDim] (queries, then keys,
   * then values). Row t of `table` = [windowLength, rotated], rotated <= headDim, holds cos then sin of the angles of position
   * t; element i of a head pairs with element i + rotated / 2 (Hugging Face order), elements from `rotated` on stay. With
   * `kept`, whose units are query heads, a group stays with its key/value head where any of its query heads does, and the row
   * of a mask that keeps q query heads in g groups is laid out as one of so many and then padded.
   */
  rotaryEmbedding(qkv: Matrix, table: Matrix, shape: AttentionShape, kept?: Selection): void;
  /**
   * Causal softmax attention, scale 1 / sqrt(headDim), never materialising windowLength^2 values of a batch.
   * out = [rows, queryHeads * headDim]; with `kept` as in {@link rotaryEmbedding}, `out` is compact.
   */
  attention(out: Matrix, qkv: Matrix, shape: AttentionShape, kept?: Selection): void;
  /**
   * out[r] = log(sum_v exp(z_v)) - z_target with z = x[r] W^T, target = targets[r mod targets.length]; 0 for
   * {@link NO_TARGET}. Logits are never stored. out is [rows, 1]. With `range` the other rows of out stay as they are.
   */
  negativeLogLikelihood(out: Matrix, x: Matrix, head: Weight, targets: Indices, range?: RowRange): void;
  /**
   * out[r][j] = x[r] . head[tokens[(r mod n) * out.cols + j]]: the logits of given tokens alone, where tokens is [n, out.cols]
   * and out has a whole number of times n rows. Every row's tokens are in the vocabulary.
   */
  gatheredLogits(out: Matrix, x: Matrix, head: Weight, tokens: Indices): void;
  /**
   * sums[0..2] += per column: sum |x|, sum x, sum x^2 over the rows of x; sums is [3, cols]. Windows are added one after
   * the other: bits do not depend on how many share the call.
   */
  columnSums(sums: Matrix, x: Matrix, windowLength: number): void;
  /**
   * sums += x^T y, [columns of x, columns of y]: what two matrices of equally many rows have in common. Of one that is given twice,
   * the Gram matrix, but only its diagonal and what is left of it: what is right of it is the same again, and may be anything.
   * Window by window, as {@link columnSums}. With `range` the other rows of sums stay as they are. Sums may be some rows of the
   * result alone: those behind the `above` first ones, a multiple of {@link ROW_STEP}.
   */
  gram(sums: Matrix, x: Matrix, y: Matrix, windowLength: number, range?: RowRange, above?: number): void;
  /** out[r] = x[r] . y[r] / (|x[r]| |y[r]|), 0 where either is zero; out is [rows, 1]. */
  rowCosines(out: Matrix, x: Matrix, y: Matrix): void;
  /** Forgets what was not submitted, as if it had not been recorded. */
  release(): void;
}

/** Bytes of device memory. */
export interface BackendMemory {
  /** Held by this backend, now and at the most so far. */
  readonly used: number;
  readonly peak: number;
  /** What it may hold; Infinity where the device itself is the limit. */
  readonly budget: number;
}

/** Bytes of device memory that storage would take, padding and rounding included. */
export interface StorageSizes {
  matrix(rows: number, cols: number): number;
  indices(length: number): number;
  /** At the most, for so many masks. */
  selection(masks: number, units: number, unitWidth: number): number;
  weight(outputs: number, inputs: number): number;
  gatedWeight(outputs: number, inputs: number): number;
  /** While a weight is packed, or copied to the host, beside the weight. */
  packing(outputs: number, inputs: number): number;
  /** Of {@link Recorder.negativeLogLikelihood} beside its operands. */
  lossScratch(rows: number, vocabulary: number, inputs: number): number;
  /** Of {@link Backend.read} beside the matrix. */
  readBack(rows: number, cols: number): number;
}

export interface Backend {
  readonly weightPrecision: WeightPrecision;
  /** Packed weights have to be smaller than this in magnitude, or they become infinite; Infinity where all may be packed. */
  readonly weightLimit: number;
  readonly sizes: StorageSizes;
  readonly memory: BackendMemory;

  /** Rows of the largest Matrix of so many columns. */
  mostRows(cols: number): number;

  /** A matrix with the given values, or zeros. @throws BonsaiError DEVICE_OUT_OF_MEMORY */
  matrix(rows: number, cols: number, data?: Float32Array): Matrix;
  indices(data: Uint32Array): Indices;
  /**
   * @param kept per mask, units below `units` in ascending order
   * @param unitsPerGroup 1 if not given; else as many units of every group that has any
   */
  selection(kept: readonly Uint32Array[], units: number, unitWidth: number, unitsPerGroup?: number): Selection;
  /** Takes values block by block and keeps none on the host. @throws BonsaiError DEVICE_OUT_OF_MEMORY */
  packWeight(weight: HostRows): Promise<Weight>;
  packGatedWeight(gate: HostRows, up: HostRows): Promise<GatedWeight>;
  /** As {@link matrix}, for what stays as weights do: where the device refuses it, this fails, not the ops that read it. */
  packMatrix(values: HostMatrix): Promise<Matrix>;
  copyWeight<W extends Weight>(weight: W): Promise<HostCopy<W>>;

  recorder(): Recorder;
  /** Runs what was recorded; resolves when it has finished. @throws BonsaiError DEVICE_LOST, DEVICE_OUT_OF_MEMORY, DEVICE_VALIDATION */
  submit(recorder: Recorder): Promise<void>;
  /** Row-major values without padding. */
  read(matrix: Matrix): Promise<Float32Array>;
  /** Releases the device and everything on it. */
  dispose(): Promise<void>;
}
