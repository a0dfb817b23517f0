import type { ModelConfig } from '@bonsai/checkpoint';
import { forwardFlops, type TransformerModel } from '@bonsai/model';
import { emptySet, type UnitSet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import type { Work } from './measure.ts';

const MASKS = 16;

export interface ModelWorks {
  readonly works: readonly Work[];
  /** Tokens of one run of each work, by name. */
  readonly tokens: ReadonlyMap<string, number>;
  /** Whether the masks scored the same bits together and one by one; to ask after both have run. */
  readonly sameBits: () => boolean;
}

/** Whole forward passes: dense, half of the units masked, and 16 masks together and one by one. */
export function modelWorks(model: TransformerModel, config: ModelConfig, windows: readonly Uint32Array[]): ModelWorks {
  const dense = emptySet(model.units);
  const halves = Array.from({ length: MASKS }, (_, i) => halfMask(model, i + 1));
  const scores = new Map<string, readonly number[]>();
  const tokens = new Map<string, number>();
  const windowLength = windows[0]?.length ?? 0;
  const work = (name: string, calls: readonly (readonly UnitSet[])[]): Work => {
    const count = windows.length * windowLength;
    tokens.set(name, count * calls.flat().length);
    return {
      name,
      flops: calls.flat().reduce((sum, mask) => sum + count * forwardFlops(config, mask, windowLength), 0),
      async run() {
        const sums: number[] = [];
        for (const masks of calls) {
          for await (const result of model.evaluate(windows, masks)) sums.push(...result.windows.map((w) => w.nllSum));
        }
        scores.set(name, sums);
      },
    };
  };
  const together = work('16 masks together', [halves]);
  const single = work(
    '16 masks one by one',
    halves.map((mask) => [mask]),
  );
  return {
    works: [
      work('forward', [[dense]]),
      work('forward, half of the units masked', [[halves[0] ?? dense]]),
      together,
      single,
    ],
    tokens,
    sameBits: () => String(scores.get(together.name)) === String(scores.get(single.name)),
  };
}

/** About half of the KV groups and neurons of every layer, never all. */
function halfMask({ units }: TransformerModel, seed: number): UnitSet {
  const random = seededRandom(seed);
  const mask = emptySet(units);
  for (const { start, count } of units.modules) {
    for (let left = Math.floor(count / 2); left > 0;) {
      const unit = start + integerBelow(random, count);
      left -= mask[unit] === 0 ? 1 : 0;
      mask[unit] = 1;
    }
  }
  return mask;
}
