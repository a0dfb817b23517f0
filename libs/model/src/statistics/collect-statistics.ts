import { invalidArgument, throwIfCancelled } from '@bonsai/support';
import type { LayerStatistics, StatisticKind } from '@bonsai/pruning';
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
  signal: AbortSignal | undefined,
  getsOn?: () => void,
): AsyncGenerator<LayerStatistics, void, undefined> {
  const { backend, checkpoint } = model;
  checkWindows(windows, checkpoint.config);
  if (windows.length === 0) {
    throw invalidArgument('TEXT_EMPTY', 'windows', 'Statistics need at least one window of text.');
  }
  const withObs = kinds.includes('obs');
  const lengths = windows.map((window) => window.length);
  const widths = keptWidths(checkpoint.config, model.cut);
  const division = await makeRoom(model, lengths, { statistics: kinds }, signal);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const { chunks } = planChunks(lengths, 1, division.maxRows);
  for (const layers of planLayers(widths, withObs, backend.maxMatrixElements, division.gramElements)) {
    const holdings = new Holdings();
    try {
      const sums = allocate(model, widths, layers, kinds, holdings);
      const { layerByLayer } = division;
      await sumOver(model, windows, chunks, sums, kinds.includes('similarity'), { layerByLayer, signal });
      for (const [layer, sumsOfLayer] of sums) {
        throwIfCancelled(signal);
        yield await layerStatistics(model, layer, sumsOfLayer, tokens, withObs, signal, getsOn);
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

/** One pass over all windows, as deep as the last of the layers that are summed. */
async function sumOver(
  { backend, checkpoint, weights }: LoadedWeights,
  windows: readonly Uint32Array[],
  chunks: readonly WindowChunk[],
  sums: ReadonlyMap<number, LayerSums>,
  withSimilarity: boolean,
  options: PassOptions,
): Promise<void> {
  const hidden = weights.embedding.inputs;
  const depth = 1 + Math.max(...sums.keys());
  const pass = new ForwardPass(backend, checkpoint.config, weights, options);
  try {
    for (const chunk of chunks) {
      const holdings = new Holdings();
      try {
        const together = chunk.windows.map((w) => windows[w] as Uint32Array);
        const batch = uploadBatch(backend, checkpoint.config, together, undefined, holdings);
        const similarity = withSimilarity ? new SimilarityTracker(backend, batch, hidden, sums, holdings) : undefined;
        await pass.observe(batch, depth, new SummingObserver(sums, batch.windowLength, similarity));
      } finally {
        holdings.release();
      }
    }
  } finally {
    await pass.release();
  }
}
