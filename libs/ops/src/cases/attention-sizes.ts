import type { AttentionShape, Backend, Selection } from '../backend.ts';
import { keptUnits } from './inputs.ts';
import type { CaseStorage, OpCase } from './op-case.ts';

export interface AttentionSizes extends AttentionShape {
  /** 0: nothing is selected. */
  readonly masks: number;
  readonly windowsPerMask: number;
  /** Elements of a head that are rotated; all by default. */
  readonly rotated?: number;
  readonly scale?: OpCase['scale'];
}

/** Multi-head, grouped and multi-query attention; windows of one token, odd and long; odd numbers of heads. */
export const ATTENTION_SIZES: readonly AttentionSizes[] = [
  { masks: 0, windowsPerMask: 1, windowLength: 1, headDim: 2, queryHeads: 1, kvGroups: 1 },
  { masks: 1, windowsPerMask: 3, windowLength: 2, headDim: 4, queryHeads: 3, kvGroups: 3 },
  { masks: 2, windowsPerMask: 2, windowLength: 7, headDim: 6, queryHeads: 6, kvGroups: 3 },
  { masks: 3, windowsPerMask: 1, windowLength: 11, headDim: 10, queryHeads: 4, kvGroups: 2, rotated: 4 },
  { masks: 0, windowsPerMask: 2, windowLength: 33, headDim: 8, queryHeads: 5, kvGroups: 1 },
  { masks: 3, windowsPerMask: 1, windowLength: 67, headDim: 32, queryHeads: 6, kvGroups: 2 },
  { masks: 2, windowsPerMask: 1, windowLength: 64, headDim: 48, queryHeads: 2, kvGroups: 2 },
  { masks: 0, windowsPerMask: 1, windowLength: 131, headDim: 64, queryHeads: 4, kvGroups: 2 },
  { masks: 0, windowsPerMask: 1, windowLength: 19, headDim: 80, queryHeads: 2, kvGroups: 1 },
  { masks: 2, windowsPerMask: 1, windowLength: 37, headDim: 128, queryHeads: 3, kvGroups: 1 },
  { masks: 0, windowsPerMask: 1, windowLength: 521, headDim: 16, queryHeads: 2, kvGroups: 1 },
  { masks: 4, windowsPerMask: 4, windowLength: 256, headDim: 64, queryHeads: 12, kvGroups: 4, scale: 'large' },
  { masks: 1, windowsPerMask: 2, windowLength: 2048, headDim: 64, queryHeads: 12, kvGroups: 12, scale: 'large' },
];

export function rowsOf({ masks, windowsPerMask, windowLength }: AttentionSizes): number {
  return Math.max(1, masks) * windowsPerMask * windowLength;
}

export function qkvColumns({ queryHeads, kvGroups, headDim }: AttentionShape): number {
  return (queryHeads + 2 * kvGroups) * headDim;
}

export function describe(sizes: AttentionSizes): string {
  const { masks, windowsPerMask, windowLength, headDim, rotated = headDim, queryHeads, kvGroups } = sizes;
  const windows = Math.max(1, masks) * windowsPerMask;
  const elements = rotated < headDim ? `${headDim} (${rotated} rotated)` : headDim;
  const heads = `${queryHeads} heads of ${elements} in ${kvGroups} groups`;
  return `${windows} windows of ${windowLength}, ${heads}, ${masks === 0 ? 'no' : masks} masks`;
}

/** The query heads that the masks keep, of mask m up to m + 1 of every group that it keeps; none without masks. */
export function selectHeads(sizes: AttentionSizes, backend: Backend, storage: CaseStorage): Selection | undefined {
  const { masks, queryHeads, kvGroups, headDim } = sizes;
  if (masks === 0) return undefined;
  const perGroup = queryHeads / kvGroups;
  const kept = keptUnits(masks, kvGroups, 14).map((groups, mask) => {
    const dropped = Math.max(0, perGroup - mask - 1);
    // The first ones of even groups, the last ones of odd groups.
    const heads = [...groups].flatMap((group) =>
      Array.from({ length: perGroup - dropped }, (_, i) => group * perGroup + i + (group % 2 === 0 ? dropped : 0)),
    );
    return Uint32Array.from(heads);
  });
  return storage.keep(backend.selection(kept, queryHeads, headDim, perGroup));
}
