import { wholeMatrix } from '@bonsai/ops';
import type { HostMatrix, Matrix, Recorder } from '@bonsai/ops';
import { BonsaiError } from '@bonsai/support';
import { ForwardPass } from '../forward/forward-pass.ts';
import type { ForwardObserver } from '../forward/forward-pass.ts';
import { Holdings } from '../holdings.ts';
import type { LayerWeights } from '../load/device-weights.ts';
import { fixedLayers } from '../load/layer-source.ts';
import { isBudgeted } from '../load/make-room.ts';
import { tensorRows } from '../load/tensor-rows.ts';
import { WeightLoader } from '../load/weight-loader.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { inTurns } from '../statistics/stepwise.ts';
import { keptColumns } from './blocks.ts';
import type { Block } from './blocks.ts';
import { refit } from './refit.ts';
import type { WindowStreams } from './window-streams.ts';

/**
 * The output projection of a block, refitted on the streams that enter it: what the whole block makes of them is what is
 * aimed at. @returns [hidden, kept columns]
 */
export async function refitBlock(
  model: LoadedWeights,
  block: Block,
  streams: WindowStreams,
  ridge: number,
  signal: AbortSignal | undefined,
): Promise<HostMatrix> {
  const weight = await wholeMatrix(tensorRows(model.checkpoint, block.tensor));
  const gram = { rows: weight.cols, cols: weight.cols, data: await wholeGram(model, block, streams, signal) };
  return inTurns(refit({ gram, weight, kept: keptColumns(block), ridge }), signal);
}

/** Sum of x x^T over the streams' tokens, x being what the block without any cut hands to its output projection. */
async function wholeGram(
  model: LoadedWeights,
  block: Block,
  streams: WindowStreams,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const { backend, checkpoint, weights } = model;
  const holdings = new Holdings();
  try {
    const whole = await loadWhole(model, block, holdings);
    const columns = whole.attention?.output.inputs ?? whole.ffn?.down.inputs ?? 0;
    if (columns * columns > backend.maxMatrixElements) throw tooWide(columns);
    const gram = holdings.keep(backend.matrix(columns, columns));
    const layers = fixedLayers([whole]);
    const options = { signal, layerByLayer: isBudgeted(model) };
    const pass = new ForwardPass(backend, checkpoint.config, { ...weights, layers }, options);
    try {
      await streams.observe(pass, ({ windowLength }) => new GramObserver(gram, windowLength));
    } finally {
      await pass.release();
    }
    return await backend.read(gram);
  } finally {
    holdings.release();
  }
}

async function loadWhole({ backend, checkpoint }: LoadedWeights, block: Block, held: Holdings): Promise<LayerWeights> {
  const loader = new WeightLoader(backend, checkpoint, held);
  const all = Array.from({ length: block.kept.module.count }, (_, unit) => unit);
  return block.kind === 'kvGroup'
    ? { attention: await loader.attention(block.layer, all), ffn: undefined }
    : { attention: undefined, ffn: await loader.ffn(block.layer, all) };
}

class GramObserver implements ForwardObserver {
  readonly #gram: Matrix;
  readonly #windowLength: number;

  constructor(gram: Matrix, windowLength: number) {
    this.#gram = gram;
    this.#windowLength = windowLength;
  }

  outputProjectionInput(recorder: Recorder, _layer: number, _kind: string, x: Matrix): void {
    recorder.gram(this.#gram, x, this.#windowLength);
  }

  embedded(): void {
    // What the block gets and what it makes of it are not fitted, only what lies between.
  }

  residual(): void {
    // See above.
  }
}

function tooWide(columns: number): BonsaiError {
  const message = `Least squares need a ${columns} x ${columns} matrix, more than this device holds; prune without recovery.`;
  return new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'SETTING_INVALID', field: 'recovery.method' });
}
