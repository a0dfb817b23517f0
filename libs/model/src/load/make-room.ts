import type { Caller } from '../caller.ts';
import { planMemory } from '../cost/plan-memory.ts';
import type { Division, MemoryRequest } from '../cost/request-bytes.ts';
import type { LoadedWeights } from '../loaded-weights.ts';

/**
 * Decides how a request goes through the device and which layers stay there meanwhile, and puts these there.
 * @throws BonsaiError CANCELLED between two layers, what {@link planMemory} throws, and what loading throws
 */
export async function makeRoom(
  model: LoadedWeights,
  windowLengths: readonly number[],
  work: MemoryRequest['work'],
  caller: Caller,
): Promise<Division> {
  const { backend, checkpoint, cut, weights, rowsPerChunk } = model;
  const request = { config: checkpoint.config, cut, windowLengths, work, rowsPerChunk };
  const { staying, division } = planMemory(request, backend, availableBytes(model));
  await weights.layers.arrange(staying, caller);
  return division;
}

/** Whether the device's memory is counted, so that no more than has to be should be there at once. */
export const isBudgeted = ({ backend }: LoadedWeights): boolean => Number.isFinite(backend.memory.budget);

/** Until a request says what it needs beside them, the weights are put on the device only if there is room for all. */
export async function loadIfAllFits(model: LoadedWeights, caller: Caller): Promise<void> {
  const { layers, tables, packing } = model.bytes;
  const all = layers.reduce((sum, bytes) => sum + bytes, tables + packing);
  if (all > availableBytes(model)) return;
  await model.weights.layers.arrange(new Set(layers.keys()), caller);
}

/** What the device has for this model: all but what others hold. */
function availableBytes(model: LoadedWeights): number {
  const { budget, used } = model.backend.memory;
  return budget - (used - presentBytes(model));
}

function presentBytes({ bytes, weights }: LoadedWeights): number {
  return [...weights.layers.present.keys()].reduce((sum, layer) => sum + (bytes.layers[layer] ?? 0), bytes.tables);
}
