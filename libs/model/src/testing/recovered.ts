import { createReferenceBackend } from '@bonsai/ops/testing';
import type { Backend } from '@bonsai/ops';
import type { ModelConfig } from '@bonsai/checkpoint';
import { emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { loadModel } from '../load/load-model.ts';
import type { RecoveredModule, RecoveryRequest, Repair } from '../recovery/recovery-request.ts';
import type { RandomModel } from './random-model.ts';

export const LEAST_SQUARES = { method: 'leastSquares', ridge: 1e-2 } as const;
export const ALIGNED = { method: 'alignedLeastSquares', ridge: 1e-2 } as const;

/** Blocks one after the other, and side by side. */
export const RECOVERED_FAMILIES: readonly (readonly [string, Partial<ModelConfig>])[] = [
  ['llama', {}],
  ['phi', { family: 'phi', rotaryDim: 2 }],
];

/** What a request recovers of a model. @throws Error if that leaves something on the backend */
export async function recovered(
  { checkpoint }: RandomModel,
  cut: UnitSet,
  request: RecoveryRequest,
  { backend = createReferenceBackend(), rowsPerChunk = 1000 }: { backend?: Backend; rowsPerChunk?: number } = {},
): Promise<RecoveredModule[]> {
  const model = await loadModel(backend, checkpoint, cut, { rowsPerChunk });
  const modules: RecoveredModule[] = [];
  for await (const module of model.recover(request)) modules.push(module);
  model.release();
  if (backend.memory.used !== 0) throw new Error(`${backend.memory.used} bytes are left on the backend`);
  return modules;
}

/** Of two repairs of one kind; not a number if they differ in size. */
export function largestError(found: Repair | undefined, expected: Repair): number {
  const [a, b] = [found, expected].map((repair) => repair && Object.values(repair)[0]);
  if (a === undefined || b === undefined || a.rows !== b.rows || a.cols !== b.cols) return Number.NaN;
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] ?? NaN))), 0);
}

/** A cut with every kind of block: whole, thinned and gone. */
export function mixedCut({ units }: RandomModel): UnitSet {
  const cut = emptySet(units);
  const remove = (layer: number, kind: 'kvGroup' | 'ffnNeuron', share: number): void => {
    const { start, count } = units.module(layer, kind);
    cut.fill(1, start, start + Math.floor(share * count));
  };
  remove(0, 'ffnNeuron', 0.5);
  remove(1, 'kvGroup', 0.7);
  remove(1, 'ffnNeuron', 1);
  remove(2, 'kvGroup', 0.4);
  remove(2, 'ffnNeuron', 0.3);
  return cut;
}
