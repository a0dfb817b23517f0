import { describe, expect, it } from '@jest/globals';
import { driveProcedure, type MeasurableModel, type Transcript } from '../testing/drive-procedure.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { countIn, union, type UnitSet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { createProcedure } from './create-procedure.ts';
import type { LayerStatistics, UnitStatistics } from '../contract/layer-statistics.ts';
import { defaultPrior } from '../contract/method-traits.ts';
import type { PruningMethod } from '../contract/pruning-procedure.ts';

/** A group costs 64 parameters, a neuron 12: the attention of a layer has 256, its FFN 96, the model 1056. */
const units = new UnitTable({
  hiddenSize: 4,
  headDim: 4,
  queryHeadsPerGroup: 1,
  layers: Array.from({ length: 3 }, () => ({ kvGroups: 4, ffnNeurons: 8 })),
});
const problem = { units, windowTokens: [10, 10, 10] };

function statisticsOf(score: (id: number) => number, similarities: readonly number[] = []): LayerStatistics[] {
  const of = (layer: number, kind: 'kvGroup' | 'ffnNeuron'): UnitStatistics => {
    const { start, count } = units.module(layer, kind);
    const values = Float64Array.from({ length: count }, (_, i) => score(start + i));
    return {
      meanAbs: values,
      rmsTimesWeight: values,
      standardFluctuation: values,
      outputEnergy: values,
      obsEnergy: undefined,
    };
  };
  return units.shape.layers.map((_, layer) => ({
    attentionResidualEnergy: 1,
    ffnResidualEnergy: 1,
    kvGroups: of(layer, 'kvGroup'),
    ffnNeurons: of(layer, 'ffnNeuron'),
    similarity: similarities[layer],
  }));
}

function prune(method: PruningMethod, sparsity: number, model: Partial<MeasurableModel>): Transcript {
  const settings = {
    method,
    prior: defaultPrior(method),
    sparsity,
    rounds: 1,
    masksPerRound: 8,
    windowsPerMask: 2,
    seed: 1,
    poolFactor: 3,
  };
  const silent: MeasurableModel = {
    statistics: () => statisticsOf(() => 1),
    losses: (_, masks, windows) => masks.map(() => windows.map(() => ({ nllSum: 9, tokenCount: 9 }))),
    ...model,
  };
  return driveProcedure(createProcedure(settings, problem), silent);
}

const removed = (cut: UnitSet): number[][] =>
  units.modules.map(({ start, count }) => [...cut.subarray(start, start + count).keys()].filter((i) => cut[start + i]));

/** Of every module, the later units score higher; scores of later modules are a hundred times those before. */
const steep = (id: number): number => 100 ** units.modules.indexOf(units.moduleOf(id)) * (1 + id);

describe('magnitude', () => {
  it('takes the lowest units of every module, the same share of each, whatever the scale of a module', () => {
    const { cut } = prune('magnitude', 0.5, { statistics: () => statisticsOf(steep) }).outcome;
    const half = [
      [0, 1],
      [0, 1, 2, 3],
    ];
    expect(removed(cut)).toEqual([...half, ...half, ...half]);
  });

  it('makes up for what rounding leaves in modules of few units', () => {
    // 84 parameters: too few for a group of every module (a quarter of each), enough for 7 of 24 neurons.
    const { cut } = prune('magnitude', 0.08, { statistics: () => statisticsOf(steep) }).outcome;
    expect(removed(cut).map((ids) => ids.length)).toEqual([0, 3, 0, 2, 0, 2]);
  });
});

describe('Wanda-sp', () => {
  it('ranks a layer on the model whose earlier layers are pruned', () => {
    // In a layer whose predecessor is pruned, the order of the units turns around.
    const statistics = (cut: UnitSet): LayerStatistics[] =>
      statisticsOf((id) => {
        const { layer } = units.moduleOf(id);
        const turned = layer > 0 && countIn(units.module(layer - 1, 'ffnNeuron'), cut) > 0;
        return turned ? 1000 - id : 1 + id;
      });
    const { outcome, requests } = prune('wandaSp', 0.25, { statistics });
    expect(removed(outcome.cut)).toEqual([[0], [0, 1], [3], [6, 7], [3], [6, 7]]);
    const bases = requests.flatMap((request) => (request.kind === 'statistics' ? [removed(request.cut).flat()] : []));
    expect(bases.map((ids) => ids.length)).toEqual([0, 3, 6]);
  });
});

describe('FLAP', () => {
  it('cuts all units below one threshold, whichever module they are in', () => {
    // Negative scores: groups 1 and 3 of layer 1, neurons 2, 4 and 5 of layer 2: 2 * 64 + 3 * 12 = 164 parameters.
    const chosen = new Set([13, 15, 30, 32, 33]);
    const statistics = (): LayerStatistics[] => statisticsOf((id) => (chosen.has(id) ? -1 - 0.01 * id : 1 + 0.01 * id));
    const { cut } = prune('flap', 164 / 1056, { statistics }).outcome;
    expect(removed(cut)).toEqual([[], [], [1, 3], [], [], [2, 4, 5]]);
  });
});

describe('ShortGPT', () => {
  const statistics = (): LayerStatistics[] => statisticsOf(() => 1, [0.7, 0.95, 0.9]);

  it('removes the layers that turn the residual stream least, as many as fit', () => {
    expect(removed(prune('shortGpt', 0.4, { statistics }).outcome.cut).map((ids) => ids.length)).toEqual([
      0, 0, 4, 8, 0, 0,
    ]);
    expect(removed(prune('shortGpt', 0.7, { statistics }).outcome.cut).map((ids) => ids.length)).toEqual([
      0, 0, 4, 8, 4, 8,
    ]);
  });
});

describe('BlockPruner', () => {
  /** Nats per block; the FFN of layer 0 and the attention of layer 1 stand in for each other. */
  const worth = [5, 0.1, 0.2, 0.9, 0.8, 0.7];
  const losses: MeasurableModel['losses'] = (cut, masks, windows) =>
    masks.map((mask) => {
      const gone = units.modules.map((module) => countIn(module, union(cut, mask)) > 0);
      const alone = worth.reduce((sum, value, m) => sum + (gone[m] === true ? value : 0), 0);
      const both = gone[1] === true && gone[2] === true ? 3 : 0;
      return windows.map(() => ({ nllSum: 10 * (2 + alone + both), tokenCount: 10 }));
    });

  it('removes one block at a time, each the best given those that are gone', () => {
    // One at a time, the attention of layer 1 would be second; without the FFN of layer 0 it is the worst but one.
    const { outcome } = prune('blockPruner', (96 + 96 + 256) / 1056, { losses });
    expect(removed(outcome.cut).map((ids) => ids.length)).toEqual([0, 8, 0, 0, 4, 8]);
    // Six blocks, then five; then 256 parameters are left, which all four have.
    expect(outcome.rounds[0]?.masks).toBe(6 + 5 + 4);
  });

  it('leaves blocks that do not fit what is left of the budget', () => {
    const { outcome } = prune('blockPruner', 200 / 1056, { losses });
    expect(removed(outcome.cut).map((ids) => ids.length)).toEqual([0, 8, 0, 0, 0, 8]);
  });

  it('fails where the model gives no finite loss without any block', () => {
    const broken: MeasurableModel['losses'] = (_, masks, windows) =>
      masks.map((mask) => windows.map(() => ({ nllSum: mask.includes(1) ? NaN : 20, tokenCount: 10 })));
    expect(() => prune('blockPruner', 0.5, { losses: broken })).toThrow(
      expect.objectContaining({ code: 'FAILED_PRECONDITION', reason: 'TENSOR_NOT_FINITE' }),
    );
  });
});

describe('the published scheme with local fits', () => {
  it('takes the same share of every module', () => {
    const model = new SyntheticModel({ seed: 3, shape: { ...units.shape, hiddenSize: 24 } });
    const settings = { method: 'paperLocal', prior: 'wanda', sparsity: 0.5, rounds: 2, masksPerRound: 12 } as const;
    const procedure = createProcedure({ ...settings, windowsPerMask: 2, seed: 1, poolFactor: 3 }, model);
    const { cut, importance } = driveProcedure(procedure, model).outcome;
    expect(model.units.modules.map((module) => countIn(module, cut))).toEqual([2, 4, 2, 4, 2, 4]);
    expect(importance.some((value) => value !== 0)).toBe(true);
  });
});
