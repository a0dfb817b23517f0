import type { HostMatrix, Matrix, Recorder } from '@bonsai/ops';
import { ForwardPass } from '../forward/forward-pass.ts';
import type { ForwardObserver } from '../forward/forward-pass.ts';
import { Holdings } from '../holdings.ts';
import { EMPTY_LAYER } from '../load/device-weights.ts';
import type { LayerWeights } from '../load/device-weights.ts';
import { fixedLayers } from '../load/layer-source.ts';
import { isBudgeted } from '../load/make-room.ts';
import { WeightLoader } from '../load/weight-loader.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { Block } from './blocks.ts';
import { checkSum } from './input-sum.ts';
import type { InputSum } from './input-sum.ts';
import type { WindowStreams } from './window-streams.ts';

/**
 * Sums over the streams that enter a block, as the block without any cut sees them.
 * @throws BonsaiError SETTING_INVALID if the device cannot hold the sum
 */
export async function sumWholeInputs(
  model: LoadedWeights,
  block: Block,
  streams: WindowStreams,
  { rows, add }: InputSum,
  signal: AbortSignal | undefined,
): Promise<HostMatrix> {
  const { backend, checkpoint, weights } = model;
  const holdings = new Holdings();
  try {
    const whole = await loadWhole(model, block, holdings);
    const cols = whole.attention?.output.inputs ?? whole.ffn?.down.inputs ?? 0;
    const size = { rows: rows(cols), cols };
    checkSum(size, backend.maxMatrixElements);
    const sum = holdings.keep(backend.matrix(size.rows, cols));
    const layers = fixedLayers([whole]);
    const options = { signal, layerByLayer: isBudgeted(model) };
    const pass = new ForwardPass(backend, checkpoint.config, { ...weights, layers }, options);
    try {
      await streams.observe(pass, ({ windowLength }) =>
        inputObserver((recorder, x) => add(recorder, sum, x, windowLength)),
      );
    } finally {
      await pass.release();
    }
    return { ...size, data: await backend.read(sum) };
  } finally {
    holdings.release();
  }
}

async function loadWhole({ backend, checkpoint }: LoadedWeights, block: Block, held: Holdings): Promise<LayerWeights> {
  const loader = new WeightLoader(backend, checkpoint, held);
  const all = Array.from({ length: block.kept.module.count }, (_, unit) => unit);
  return block.kind === 'kvGroup'
    ? { ...EMPTY_LAYER, attention: await loader.attention(block.layer, all) }
    : { ...EMPTY_LAYER, ffn: await loader.ffn(block.layer, all) };
}

/** Sees what goes into output projections; what the block gets and what it makes of it are not fitted. */
function inputObserver(see: (recorder: Recorder, x: Matrix) => void): ForwardObserver {
  return {
    embedded: () => undefined,
    outputProjectionInput: (recorder, _layer, _kind, x) => see(recorder, x),
    residual: () => undefined,
  };
}
