import { describe, expect, it } from '@jest/globals';
import { addedCost, emptySet, type UnitSet } from '../units/unit-set.ts';
import { UnitTable, type Module, type UnitKind } from '../units/unit-table.ts';
import { costNoise } from './mask-noise.ts';
import { MaskTrials, type TrialSetting } from './mask-trials.ts';

const units = new UnitTable({
  hiddenSize: 4,
  headDim: 2,
  queryHeadsPerGroup: 1,
  layers: [{ kvGroups: 0, ffnNeurons: 40 }],
});
const NEED = 10 * 12;

function maskOf(count: number): UnitSet {
  return emptySet(units).map((_, id) => (id < count ? 1 : 0));
}

/** Trials of masks whose mean losses are given; the unmasked model has a loss of 2. */
function trialsOf(
  measured: readonly (readonly [mask: UnitSet, loss: number])[],
  { target = 'nll', need }: Partial<Pick<TrialSetting, 'target' | 'need'>> = {},
): MaskTrials {
  const trials = new MaskTrials({
    units,
    cut: emptySet(units),
    need,
    windows: [0],
    noise: costNoise({ units, cut: emptySet(units), need: NEED }),
    target,
  });
  const question = trials.measure(measured.map(([mask]) => mask));
  question.next();
  question.next({ kind: 'losses', losses: [2, ...measured.map(([, loss]) => loss)] });
  return trials;
}

describe('MaskTrials', () => {
  it('measures the unmasked model once, with the first masks', () => {
    const trials = trialsOf([[maskOf(10), 3]]);
    expect(trials.baseLoss).toBe(2);
    const next = trials.measure([maskOf(9)]).next();
    expect(next.value).toMatchObject({ kind: 'losses', masks: [maskOf(9)] });
  });

  it('gives responses relative to the unmasked model', () => {
    expect(trialsOf([[maskOf(10), 2.5]]).observations()[0]).toMatchObject({ response: 0.5, noise: 1 });
  });

  it('gives, for the target perplexity, its relative rise, clipped where the published code does', () => {
    const trials = trialsOf(
      [
        [maskOf(10), 2 + Math.log(3)],
        [maskOf(9), 100],
      ],
      { target: 'perplexity' },
    );
    const [tripled, exploded] = trials.observations().map(({ response }) => response);
    expect(tripled).toBeCloseTo(2, 12);
    expect(exploded).toBeCloseTo(1e8 / Math.exp(2) - 1, 3);
  });

  it.each(['nll', 'perplexity'] as const)(
    'knows of a stand-in for a loss that is not finite, for the target %s',
    (target) => {
      const trials = trialsOf(
        [
          [maskOf(10), 3],
          [maskOf(9), Infinity],
        ],
        { target },
      );
      expect(trials.observations().map(({ isFinite }) => isFinite)).toEqual([true, false]);
    },
  );

  it('replaces losses that are not finite by twice the worst', () => {
    const [, lost] = trialsOf([
      [maskOf(10), 8],
      [maskOf(9), Infinity],
    ]).observations();
    expect(lost).toMatchObject({ response: 12, isFinite: false });
  });

  it('counts a mask that was measured twice as one observation', () => {
    const trials = trialsOf([
      [maskOf(10), 2.5],
      [maskOf(9), 2.4],
      [maskOf(10), 2.5],
    ]);
    expect(trials.count).toBe(3);
    expect(trials.observations().map(({ mask }) => mask)).toEqual([maskOf(10), maskOf(9)]);
  });

  it('lets no mask challenge its own copy', () => {
    const trials = trialsOf([
      [maskOf(10), 2.3],
      [maskOf(10), 2.3],
      [maskOf(9), 2.4],
      [maskOf(9), 2.4],
      [maskOf(8), 2.5],
    ]);
    expect(trials.best(0, 1, 3, [7]).next().value).toMatchObject({ masks: [maskOf(10), maskOf(9), maskOf(8)] });
    expect(trials.secondLooks).toBe(3);
  });

  it('needs no second look where nothing challenges the holder', () => {
    const trials = trialsOf([
      [maskOf(10), 2.3],
      [maskOf(10), 2.3],
    ]);
    expect(trials.best(0, 0, 3, [7]).next()).toEqual({ done: true, value: maskOf(10) });
    expect(trials.secondLooks).toBe(0);
  });

  it('finds the best mask from a given trial on', () => {
    const trials = trialsOf([
      [maskOf(1), 2.1],
      [maskOf(10), 2.7],
      [maskOf(9), 2.4],
      [maskOf(8), NaN],
    ]);
    const best = (first: number): unknown => trials.best(first, undefined, 0, [1]).next().value;
    expect(best(1)).toEqual(maskOf(9));
    expect(best(0)).toEqual(maskOf(1));
    expect(() => best(3)).toThrow(/no finite loss/);
    expect(() => best(4)).toThrow(RangeError);
  });

  it('looks at the best few again on other windows, the one of least loss as their holder', () => {
    const choice = trialsOf([
      [maskOf(10), 2.3],
      [maskOf(9), 2.4],
      [maskOf(8), 2.9],
    ]).best(0, undefined, 2, [7]);
    expect(choice.next().value).toMatchObject({ kind: 'losses', masks: [maskOf(10), maskOf(9)], windows: [7] });
    expect(choice.next({ kind: 'losses', losses: [2.6, 2.4] })).toEqual({ done: true, value: maskOf(9) });
  });

  it('has them challenge the holder that it is given, however high its loss was', () => {
    const choice = trialsOf([
      [maskOf(10), 2.9],
      [maskOf(9), 2.4],
      [maskOf(8), 2.3],
      [maskOf(7), 2.5],
    ]).best(0, 0, 3, [7]);
    expect(choice.next().value).toMatchObject({ masks: [maskOf(10), maskOf(8), maskOf(9)], windows: [7] });
    expect(choice.next({ kind: 'losses', losses: [2.4, 2.5, 2.6] })).toEqual({ done: true, value: maskOf(10) });
  });

  it('lets a mask of twice the need do less than twice the damage, in both looks', () => {
    const of = (twice: number): MaskTrials =>
      trialsOf(
        [
          [maskOf(10), 2.3],
          [maskOf(20), twice],
        ],
        { need: NEED },
      );
    expect(of(2.5).best(0, undefined, 0, [1]).next().value).toEqual(maskOf(20));
    expect(of(2.7).best(0, undefined, 0, [1]).next().value).toEqual(maskOf(10));
    const choice = (again: number): unknown => {
      const question = of(2.5).best(0, undefined, 2, [7]);
      expect(question.next().value).toMatchObject({ masks: [maskOf(20), maskOf(10)] });
      return question.next({ kind: 'losses', losses: [again, 2.3] }).value;
    };
    expect(choice(2.54)).toEqual(maskOf(20));
    expect(choice(2.66)).toEqual(maskOf(10));
  });

  it('wants twice the gain of a mask of twice the need, where the loss falls', () => {
    const best = (twice: number): unknown =>
      trialsOf(
        [
          [maskOf(10), 1.7],
          [maskOf(20), twice],
        ],
        { need: NEED },
      )
        .best(0, undefined, 0, [1])
        .next().value;
    expect(best(1.5)).toEqual(maskOf(10));
    expect(best(1.3)).toEqual(maskOf(20));
  });

  it('prices a group whose heads are gone by what is left of it', () => {
    const withHeads = new UnitTable({
      hiddenSize: 8,
      headDim: 4,
      queryHeadsPerGroup: 4,
      layers: [{ kvGroups: 2, ffnNeurons: 40, queryHeads: 8 }],
    });
    const module = (kind: UnitKind): Module => withHeads.module(0, kind);
    const setOf = (kind: UnitKind, indices: readonly number[]): UnitSet => {
      const set = emptySet(withHeads);
      for (const i of indices) set[module(kind).start + i] = 1;
      return set;
    };
    const cut = setOf('queryHead', [0, 1, 2, 4, 5, 6]);
    const stripped = setOf('kvGroup', [0]);
    const need = addedCost(withHeads, cut, stripped);
    expect(need).toBe(128);
    const neurons = setOf('ffnNeuron', [0, 1, 2, 3, 4]);
    const trials = new MaskTrials({
      units: withHeads,
      cut,
      need,
      windows: [0],
      noise: costNoise({ units: withHeads, cut, need }),
      target: 'nll',
    });
    const question = trials.measure([neurons, stripped]);
    question.next();
    question.next({ kind: 'losses', losses: [2, 2.1, 2.12] });
    expect(trials.best(0, undefined, 0, [1]).next().value).toEqual(neurons);
  });

  it('judges all masks alike where none may remove more', () => {
    const trials = trialsOf([
      [maskOf(10), 2.3],
      [maskOf(20), 2.4],
    ]);
    expect(trials.best(0, undefined, 0, [1]).next().value).toEqual(maskOf(10));
  });

  it('prefers any finite loss to none', () => {
    const trials = trialsOf([
      [maskOf(10), NaN],
      [maskOf(9), 9],
    ]);
    expect(trials.best(0, undefined, 0, []).next().value).toEqual(maskOf(9));
  });
});
