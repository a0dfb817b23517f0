import type { Backend, Matrix, Recorder } from '@bonsai/ops';
import type { BlockKind, StatisticKind } from '@bonsai/pruning';
import type { KeptWidths } from '../cost/kept-widths.ts';
import { BandedSum } from '../forward/banded-sum.ts';
import type { ForwardObserver } from '../forward/forward-pass.ts';
import { recordGram } from '../forward/record-gram.ts';
import type { WorkQueue } from '../forward/work-queue.ts';
import type { Holdings } from '../holdings.ts';
import type { SimilarityTracker } from './similarity-tracker.ts';

/** Sums on the device for one block of one layer. */
export interface BlockSums {
  /** [3, columns] at the input of the output projection; none where the block is cut. */
  readonly input: Matrix | undefined;
  /** [columns, columns], if asked for. */
  readonly gram: BandedSum | undefined;
  /** [3, hidden] of the residual stream after the block. */
  readonly residual: Matrix;
}

export interface LayerSums extends Readonly<Record<BlockKind, BlockSums>> {
  /** [3, 1] of the cosine between the residual stream entering and leaving the layer, if asked for. */
  readonly similarity: Matrix | undefined;
}

/** Allocates sums, all zero, for one layer. */
export function layerSums(
  backend: Backend,
  { headColumns, neurons }: KeptWidths,
  hidden: number,
  kinds: readonly StatisticKind[],
  holdings: Holdings,
): LayerSums {
  const withGram = kinds.includes('obs');
  const zeros = (rows: number, cols: number): Matrix => holdings.keep(backend.matrix(rows, cols));
  const block = (columns: number): BlockSums => ({
    input: columns === 0 ? undefined : zeros(3, columns),
    gram: columns === 0 || !withGram ? undefined : BandedSum.zeros(backend, columns, columns, holdings),
    residual: zeros(3, hidden),
  });
  return {
    attention: block(headColumns),
    ffn: block(neurons),
    similarity: kinds.includes('similarity') ? zeros(3, 1) : undefined,
  };
}

/** Adds what passes through some layers to their sums. */
export class SummingObserver implements ForwardObserver {
  readonly #sums: ReadonlyMap<number, LayerSums>;
  readonly #windowLength: number;
  readonly #similarity: SimilarityTracker | undefined;

  constructor(sums: ReadonlyMap<number, LayerSums>, windowLength: number, similarity: SimilarityTracker | undefined) {
    this.#sums = sums;
    this.#windowLength = windowLength;
    this.#similarity = similarity;
  }

  enters(recorder: Recorder, x: Matrix): void {
    this.#similarity?.entersFirst(recorder, x);
  }

  async outputProjectionInput(queue: WorkQueue, layer: number, block: BlockKind, x: Matrix): Promise<void> {
    const sums = this.#sums.get(layer)?.[block];
    if (sums?.input !== undefined) queue.recorder.columnSums(sums.input, x, this.#windowLength);
    if (sums?.gram !== undefined) await recordGram(queue, sums.gram, x, x, this.#windowLength);
  }

  residual(recorder: Recorder, layer: number, block: BlockKind, x: Matrix): void {
    const sums = this.#sums.get(layer)?.[block];
    if (sums !== undefined) recorder.columnSums(sums.residual, x, this.#windowLength);
    if (block === 'ffn') this.#similarity?.leaves(recorder, layer, x);
  }
}
