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
  /** NLL sums that each work has measured last, by name; to ask after it has run. */
  readonly scores: ReadonlyMap<string, readonly number[]>;
}

export const TOGETHER = '16 masks together';
export const ONE_BY_ONE = '16 masks one by one';

/**
 * Whole forward passes: dense, half of the units masked, and 16 masks together and one by one.
 * @param where goes behind the names, for a model that is run in several places
 */
export function modelWorks(
  model: TransformerModel,
  config: ModelConfig,
  windows: readonly Uint32Array[],
  where = '',
): ModelWorks {
  const dense = emptySet(model.units);
  const halves = Array.from({ length: MASKS }, (_, i) => halfMask(model, i + 1));
  const scores = new Map<string, readonly number[]>();
  const tokens = new Map<string, number>();
  const windowLength = windows[0]?.length ?? 0;
  const work = (what: string, calls: readonly (readonly UnitSet[])[]): Work => {
    const name = `${what}${where}`;
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
  const single = halves.map((mask) => [mask]);
  return {
    works: [
      work('forward', [[dense]]),
      work('forward, half of the units masked', [[halves[0] ?? dense]]),
      work(TOGETHER, [halves]),
      work(ONE_BY_ONE, single),
    ],
    tokens,
    scores,
  };
}

/** About half of the KV groups and neurons of every layer, never all. */
export function halfMask({ units }: TransformerModel, seed: number): UnitSet {
  const random = seededRandom(seed);
  const mask = emptySet(units);
  for (const { start, count } of units.blocks) {
    for (let left = Math.floor(count / 2); left > 0;) {
      const unit = start + integerBelow(random, count);
      left -= mask[unit] === 0 ? 1 : 0;
      mask[unit] = 1;
    }
  }
  return mask;
}
