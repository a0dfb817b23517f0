import { throwIfCancelled } from '@bonsai/support';
import type { UnitSet } from '@bonsai/pruning';
import type { Caller } from '../caller.ts';
import type { Predictions } from '../divergence/predictions.ts';
import { makeRoom } from '../load/make-room.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { EvaluatedMask } from '../transformer-model.ts';
import { checkRemoved, checkWindows } from './check-request.ts';
import { ForwardPass } from './forward-pass.ts';
import { MaskBatch } from './mask-batch.ts';
import type { RowLosses, Task } from './mask-batch.ts';
import { overlapped } from './overlapped.ts';
import { planChunks } from './plan-chunks.ts';

/** See {@link TransformerModel.evaluate}. @param compared one per window */
export async function* evaluate(
  model: LoadedWeights,
  windows: readonly Uint32Array[],
  masks: readonly UnitSet[],
  compared: readonly Predictions[] | undefined,
  caller: Caller = {},
): AsyncGenerator<EvaluatedMask, void, undefined> {
  const task = { windows, compared };
  checkTask(model, task, masks);
  if (windows.length === 0) {
    for (const index of masks.keys()) yield { index, windows: [] };
    return;
  }
  const lengths = windows.map((window) => window.length);
  const work = { masks: masks.length, compared: compared !== undefined };
  const { maxRows, layerByLayer, lanes } = await makeRoom(model, lengths, work, caller);
  const { masksPerBatch, chunks } = planChunks(lengths, masks.length, maxRows);
  const batches = portionsOf(masks, masksPerBatch).map((batch) => new MaskBatch(model, task, batch));
  const works = batches.flatMap((batch) => chunks.map((chunk) => ({ batch, chunk })));
  const options = { caller, layerByLayer };
  const { backend, checkpoint, weights } = model;
  const passes = Array.from({ length: lanes }, () => new ForwardPass(backend, checkpoint.config, weights, options));
  const results = overlapped(passes, works, ({ batch, chunk }, pass) => batch.run(pass, chunk));
  try {
    for (const [b, batch] of batches.entries()) {
      for (const chunk of chunks) {
        const { value } = await results.next();
        throwIfCancelled(caller.signal);
        batch.take(chunk, value as RowLosses);
      }
      batch.release();
      for (const [m, losses] of batch.losses.entries()) yield { index: b * masksPerBatch + m, windows: losses };
    }
  } finally {
    await results.return();
    for (const batch of batches) batch.release();
    for (const pass of passes) await pass.release();
  }
}

/** @throws BonsaiError WINDOW_LENGTH, TOKEN_OUT_OF_RANGE, MASK_LENGTH, MASK_REMOVES_EVERYTHING, MASK_HEADS_UNEVEN */
function checkTask(
  { checkpoint, units, cut }: LoadedWeights,
  { windows, compared }: Task,
  masks: readonly UnitSet[],
): void {
  checkWindows(windows, checkpoint.config);
  if (compared !== undefined && compared.length !== windows.length) throw new RangeError('one comparison per window');
  for (const [i, mask] of masks.entries()) checkRemoved(mask, cut, units, `masks[${i}]`);
}

function portionsOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
