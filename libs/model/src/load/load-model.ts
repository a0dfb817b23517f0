import { modelShape } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import type { Backend } from '@bonsai/ops';
import { emptySet, keptLayers, UnitTable } from '@bonsai/pruning';
import type { KeptLayer, UnitSet } from '@bonsai/pruning';
import type { Caller } from '../caller.ts';
import { keptWidths } from '../cost/kept-widths.ts';
import { weightBytes } from '../cost/weight-bytes.ts';
import { checkRemoved } from '../forward/check-request.ts';
import { predict } from '../divergence/predict.ts';
import { evaluate } from '../forward/evaluate.ts';
import { ROWS_PER_CHUNK } from '../forward/row-limit.ts';
import { Holdings } from '../holdings.ts';
import { recover } from '../recovery/recover.ts';
import { collectStatistics } from '../statistics/collect-statistics.ts';
import type { TransformerModel } from '../transformer-model.ts';
import { packedBytes } from './device-weights.ts';
import { HostCopies } from './host-copies.ts';
import { LayerSource } from './layer-source.ts';
import { loadIfAllFits } from './make-room.ts';
import { WeightLoader } from './weight-loader.ts';

export interface LoadOptions extends Caller {
  /** Rows (masks x tokens) that go through the model together: more is faster and needs more device memory. */
  readonly rowsPerChunk?: number;
  /** Bytes that this process could take of the host's memory, for copies of layers that come and go. */
  readonly hostMemory?: () => number;
}

/**
 * Puts a checkpoint on a backend, without the units in `cut`. The checkpoint must stay open as long as the model lives.
 * Where the backend's memory budget does not hold all of it, layers come and go; no result depends on that.
 * @param cut units of the original model that are left out of the weights
 * @throws BonsaiError MASK_LENGTH, MASK_REMOVES_EVERYTHING for the cut; TENSOR_NOT_FINITE, WEIGHT_OUT_OF_RANGE, CHECKPOINT_CORRUPT,
 * DEVICE_OUT_OF_MEMORY, CANCELLED
 */
export async function loadModel(
  backend: Backend,
  checkpoint: Checkpoint,
  cut: UnitSet,
  { rowsPerChunk = ROWS_PER_CHUNK, hostMemory = () => process.availableMemory(), signal, getsOn }: LoadOptions = {},
): Promise<TransformerModel> {
  const units = new UnitTable(modelShape(checkpoint.config));
  checkRemoved(cut, emptySet(units), units, 'cut');
  const { config } = checkpoint;
  const kept = keptLayers(units, cut);
  const bytes = weightBytes(config, keptWidths(config, cut), backend.sizes);
  const copies = new HostCopies(backend, hostMemory);
  const layers = new LayerSource(kept.length, (layer, held, passing) =>
    new WeightLoader(backend, checkpoint, held, { copies, passing }).layer(kept[layer] as KeptLayer),
  );
  const holdings = new Holdings();
  holdings.keep(layers);
  try {
    const tables = await new WeightLoader(backend, checkpoint, holdings).tables();
    const model = { backend, checkpoint, units, cut, kept, weights: { ...tables, layers }, bytes, rowsPerChunk };
    await loadIfAllFits(model, { signal, getsOn });
    return {
      units,
      cut,
      get weightBytes() {
        return packedBytes(model.weights);
      },
      evaluate: (windows, masks, caller, compared) => evaluate(model, windows, masks, compared, caller),
      predict: (...request) => predict(model, ...request),
      collectStatistics: (...request) => collectStatistics(model, ...request),
      recover: (...request) => recover(model, ...request),
      release: () => holdings.release(),
    };
  } catch (error) {
    holdings.release();
    throw error;
  }
}
