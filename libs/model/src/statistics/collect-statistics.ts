import type { Matrix } from '@bonsai/ops';
import type { LayerStatistics, StatisticKind } from '@bonsai/pruning';
import { invalidArgument, throwIfCancelled } from '@bonsai/support';
import type { Caller } from '../caller.ts';
import { keptWidths } from '../cost/kept-widths.ts';
import type { KeptWidths } from '../cost/kept-widths.ts';
import { checkWindows } from '../forward/check-request.ts';
import { ForwardPass } from '../forward/forward-pass.ts';
import type { PassOptions } from '../forward/forward-pass.ts';
import { planChunks } from '../forward/plan-chunks.ts';
import type { WindowChunk } from '../forward/plan-chunks.ts';
import { uploadBatch } from '../forward/window-batch.ts';
import { Holdings } from '../holdings.ts';
import { makeRoom } from '../load/make-room.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { layerSums, SummingObserver } from './layer-sums.ts';
import type { LayerSums } from './layer-sums.ts';
import { layerStatistics } from './layer-statistics.ts';
import { planLayers } from './plan-layers.ts';
import { SimilarityTracker } from './similarity-tracker.ts';

/** See {@link TransformerModel.collectStatistics}. */
export async function* collectStatistics(
  model: LoadedWeights,
  windows: readonly Uint32Array[],
  kinds: readonly StatisticKind[],
  caller: Caller = {},
): AsyncGenerator<LayerStatistics, void, undefined> {
  const { checkpoint } = model;
  checkWindows(windows, checkpoint.config);
  if (windows.length === 0) {
    throw invalidArgument('TEXT_EMPTY', 'windows', 'Statistics need at least one window of text.');
  }
  const withObs = kinds.includes('obs');
  const lengths = windows.map((window) => window.length);
  const widths = keptWidths(checkpoint.config, model.cut);
  const division = await makeRoom(model, lengths, { statistics: kinds }, caller);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const { chunks } = planChunks(lengths, 1, division.maxRows);
  // On the host, 4 bytes x tokens x hidden size: no layer is computed twice.
  const streams: Float32Array[] = [];
  for (const layers of planLayers(widths, withObs, division.gramElements)) {
    const holdings = new Holdings();
    try {
      const sums = allocate(model, widths, layers, kinds, holdings);
      const passage = { windows, chunks, sums, withSimilarity: kinds.includes('similarity'), streams };
      await sumOver(model, passage, { caller, layerByLayer: division.layerByLayer });
      for (const [layer, sumsOfLayer] of sums) {
        throwIfCancelled(caller.signal);
        yield await layerStatistics(model, layer, sumsOfLayer, tokens, withObs, caller);
      }
    } finally {
      holdings.release();
    }
  }
}

function allocate(
  { backend, weights }: LoadedWeights,
  widths: readonly KeptWidths[],
  layers: readonly number[],
  kinds: readonly StatisticKind[],
  holdings: Holdings,
): ReadonlyMap<number, LayerSums> {
  const sums = new Map<number, LayerSums>();
  for (const layer of layers) {
    const width = widths[layer];
    if (width === undefined) throw new RangeError(`no layer ${layer}`);
    sums.set(layer, layerSums(backend, width, weights.embedding.inputs, kinds, holdings));
  }
  return sums;
}

/** What is summed over in one go: some chunks of windows on their way through neighbouring layers. */
interface Passage {
  readonly windows: readonly Uint32Array[];
  readonly chunks: readonly WindowChunk[];
  readonly sums: ReadonlyMap<number, LayerSums>;
  readonly withSimilarity: boolean;
  /**
   * By chunk, the residual streams that enter the first of the layers; none where that is the first of the model. Those that leave
   * the last take their places, chunk by chunk.
   */
  readonly streams: Float32Array[];
}

/** One pass over all windows. */
async function sumOver(model: LoadedWeights, passage: Passage, options: PassOptions): Promise<void> {
  const { backend, checkpoint, weights } = model;
  const { chunks, sums, streams } = passage;
  const end = 1 + Math.max(...sums.keys());
  const pass = new ForwardPass(backend, checkpoint.config, weights, options);
  try {
    for (const [i, chunk] of chunks.entries()) {
      const holdings = new Holdings();
      try {
        const residual = await sumOverChunk(model, passage, chunk, streams[i], pass, end, holdings);
        if (end < weights.layers.count) streams[i] = await backend.read(residual);
      } finally {
        holdings.release();
      }
    }
  } finally {
    await pass.release();
  }
}

/** @returns the residual stream that enters the layer `end`, valid until the next chunk begins */
async function sumOverChunk(
  { backend, checkpoint, weights }: LoadedWeights,
  { windows, sums, withSimilarity }: Passage,
  chunk: WindowChunk,
  entering: Float32Array | undefined,
  pass: ForwardPass,
  end: number,
  holdings: Holdings,
): Promise<Matrix> {
  const hidden = weights.embedding.inputs;
  const together = chunk.windows.map((w) => windows[w] as Uint32Array);
  const batch = uploadBatch(backend, checkpoint.config, together, undefined, holdings);
  const similarity = withSimilarity ? new SimilarityTracker(backend, batch, hidden, sums, holdings) : undefined;
  const observer = new SummingObserver(sums, batch.windowLength, similarity);
  if (entering === undefined) return pass.observe(batch, end, observer);
  const residual = holdings.keep(backend.matrix(batch.branchRows, hidden, entering));
  await pass.advance(batch, { residual, layer: Math.min(...sums.keys()) }, observer, end);
  return residual;
}
