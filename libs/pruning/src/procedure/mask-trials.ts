import { digest } from '@bonsai/support';
import type { Observation } from '../regression/design.ts';
import { addedCost, emptySet, type UnitSet } from '../units/unit-set.ts';
import type { UnitTable } from '../units/unit-table.ts';
import { askLosses, baseLoss, noFiniteLoss } from '../contract/ask.ts';
import { clippedPerplexity } from './clipped-perplexity.ts';
import type { NoiseModel } from './mask-noise.ts';
import type { Procedure } from '../contract/pruning-procedure.ts';
import { winnerOf, type Contender } from './second-look.ts';

/** Response of a mask without a finite loss, in nats, if no finite one is worse than half of it. */
const EXPLODED = 10;

export interface TrialSetting {
  readonly units: UnitTable;
  /** Units that are gone before any mask. */
  readonly cut: UnitSet;
  /** Parameters that masks are to remove, where some may remove more and then do more damage; absent: all are judged alike. */
  readonly need?: number | undefined;
  readonly windows: readonly number[];
  readonly noise: NoiseModel;
  /** What responses are differences of: mean NLL, or perplexity over that of the unmasked model. */
  readonly target: 'nll' | 'perplexity';
}

/** The masks that one round evaluates, with their losses. */
export class MaskTrials {
  readonly #units: UnitTable;
  readonly #cut: UnitSet;
  readonly #need: number;
  readonly #windows: readonly number[];
  readonly #noise: NoiseModel;
  readonly #target: TrialSetting['target'];
  readonly #masks: UnitSet[] = [];
  /** Digests of the masks, by which copies are told. */
  readonly #keys: string[] = [];
  readonly #losses: number[] = [];
  #baseLoss: number | undefined;
  #secondLooks = 0;

  constructor({ units, cut, need = Infinity, windows, noise, target }: TrialSetting) {
    this.#units = units;
    this.#cut = cut;
    this.#need = need;
    this.#windows = windows;
    this.#noise = noise;
    this.#target = target;
  }

  /** Loss of the model that the round starts from, once anything was measured. */
  get baseLoss(): number {
    if (this.#baseLoss === undefined) throw new RangeError('nothing was measured yet');
    return this.#baseLoss;
  }

  get count(): number {
    return this.#masks.length;
  }

  /** Masks that were measured again, on other windows. */
  get secondLooks(): number {
    return this.#secondLooks;
  }

  /** Evaluates masks; the first call evaluates the unmasked model as well. */
  *measure(masks: readonly UnitSet[]): Procedure<void> {
    const withBase = this.#baseLoss === undefined ? [emptySet(this.#units), ...masks] : masks;
    if (withBase.length === 0) return;
    const losses = yield* askLosses({ cut: this.#cut, masks: withBase, windows: this.#windows });
    if (this.#baseLoss === undefined) {
      this.#baseLoss = baseLoss(losses);
    }
    this.#masks.push(...masks);
    this.#keys.push(...masks.map((mask) => digest([mask])));
    const ofMasks = losses.slice(withBase.length - masks.length);
    this.#losses.push(...ofMasks.map((loss) => (Number.isFinite(loss) ? loss : Infinity)));
  }

  /**
   * The best mask among the trials from `first` on: the holder, unless a second look shows one of those of least loss to be better.
   * @throws BonsaiError FAILED_PRECONDITION if none of them has a finite loss
   * @param holder trial; undefined: that of least loss
   * @param finalists how many are looked at again, the holder among them; 0: the least loss decides
   * @param windows of the second look
   */
  *best(first: number, holder: number | undefined, finalists: number, windows: readonly number[]): Procedure<UnitSet> {
    const indices = Array.from({ length: this.count - first }, (_, i) => first + i);
    const allowances = this.#allowances(indices);
    const allowanceOf = (index: number): number => allowances.get(index) as number;
    const fair = (index: number): number => (this.#losses[index] as number) - allowanceOf(index);
    indices.sort((a, b) => (fair(a) < fair(b) ? -1 : fair(a) > fair(b) ? 1 : a - b));
    const [leader] = indices;
    if (leader === undefined) throw new RangeError(`no trial ${first}`);
    if (this.#losses[leader] === Infinity) noFiniteLoss();
    const contender = (index: number): Contender => ({
      mask: this.#masks[index] as UnitSet,
      allowance: allowanceOf(index),
    });
    if (finalists === 0) return contender(leader).mask;
    const held = holder ?? leader;
    const challengers = this.#distinct([held, ...indices]).slice(1, finalists);
    if (challengers.length === 0) return contender(held).mask;
    this.#secondLooks = 1 + challengers.length;
    return yield* winnerOf({
      cut: this.#cut,
      holder: contender(held),
      challengers: challengers.map(contender),
      windows,
    });
  }

  /**
   * By trial, what a mask may do to the loss beyond what the best do because it removes more than the need: damage in proportion to
   * its size, which is less than what is to be expected of any cut of that size.
   */
  #allowances(indices: readonly number[]): Map<number, number> {
    const trials = indices.map((index) => {
      const excess = Math.max(0, addedCost(this.#units, this.#cut, this.#masks[index] as UnitSet) / this.#need - 1);
      return { index, excess, damage: ((this.#losses[index] as number) - this.baseLoss) / (1 + excess) };
    });
    const least = trials.reduce((min, { damage }) => Math.min(min, damage), Number.MAX_VALUE);
    return new Map(trials.map(({ index, excess }) => [index, excess * least]));
  }

  /** Everything measured so far, every mask once, with the reliability of each: to measure the same twice tells nothing new. */
  observations(): Observation[] {
    const distinct = this.#distinct(this.#masks.keys());
    const masks = distinct.map((index) => this.#masks[index] as UnitSet);
    const raw = distinct.map((index) => this.#response(this.#losses[index] as number));
    const worst = raw.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), EXPLODED / 2);
    const responses = raw.map((response) => (Number.isFinite(response) ? response : 2 * worst));
    const noises = this.#noise(masks, responses);
    return masks.map((mask, i) => ({
      mask,
      response: responses[i] as number,
      noise: noises[i] as number,
      isFinite: this.#losses[distinct[i] as number] !== Infinity,
    }));
  }

  /** Of trials with the same mask, the first. */
  #distinct(indices: Iterable<number>): number[] {
    const first = new Map<string, number>();
    for (const index of indices) {
      const key = this.#keys[index] as string;
      if (!first.has(key)) first.set(key, index);
    }
    return [...first.values()];
  }

  /** The relative rise of perplexity is that of the mean NLL, in nats, as long as it is small. */
  #response(loss: number): number {
    if (this.#target === 'nll') return loss - this.baseLoss;
    return clippedPerplexity(loss) / Math.exp(this.baseLoss) - 1;
  }
}
