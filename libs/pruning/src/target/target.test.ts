import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { widthConstraints } from '../contract/width-constraints.ts';
import { stepCost, widthLadders } from '../selection/width-ladder.ts';
import { countWork } from '../plan/job-work.ts';
import { createProcedure } from '../procedure/create-procedure.ts';
import { defaultPrior, methodTraits } from '../contract/method-traits.ts';
import { PRUNING_METHODS } from '../contract/pruning-procedure.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { hasAllowedWidths } from '../testing/allowed-widths.ts';
import { driveProcedure } from '../testing/drive-procedure.ts';
import { completeShapes } from '../testing/random-shapes.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { costOf, emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { resourceCosts } from './resource-costs.ts';
import { resourceUse } from './target-problem.ts';
import type { Target } from '../contract/target.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const layer = { kvGroups: 3, ffnNeurons: 48 };
const model = new SyntheticModel({
  seed: 9,
  shape: { hiddenSize: 24, headDim: 4, queryHeadsPerGroup: 2, layers: [layer, layer, layer, layer] },
});
const { units } = model;
const facts = { vocabSize: 100, otherParameters: 5000 };
const settings: PruningSettings = { ...SMALL_JOB, method: 'priorOnly', sparsity: 0, rounds: 2 };
const methodsOfUnits = PRUNING_METHODS.filter((method) => !methodTraits(method).removesBlocks);

/** As a device may measure it: groups cost more than their parameters say, and much is in no unit. */
const measured = { kvGroup: 31_000_000, ffnNeuron: 2_300_017, other: 90_000_000 };

function targetOf(resource: Target['resource'], shareLeft: number, shape = units.shape): Target {
  const asked = { resource, contextLength: 10 };
  const costs = resourceCosts({ ...asked, atMost: 1, costs: measured }, shape, facts);
  const table = new UnitTable({ ...shape, unitCosts: costs });
  return { ...asked, atMost: Math.floor(costs.other + shareLeft * table.totalCost), costs };
}

describe('resourceCosts', () => {
  it('counts two operations per weight, and per component of keys and values that a query head attends to', () => {
    // Of a group: two query heads of 4 x 24 in q and o, one key and one value head; each query head reads 10 keys and 10 values of 4.
    const kvGroup = 2 * (2 * (2 + 1) * 4 * 24) + 2 * 2 * (10 * 4 + 10 * 4);
    const queryHead = 2 * (2 * 4 * 24) + 2 * (10 * 4 + 10 * 4);
    expect(targetOf('flops', 0.5).costs).toEqual({ kvGroup, queryHead, ffnNeuron: 2 * 3 * 24, other: 2 * 24 * 100 });
    expect(targetOf('parameters', 0.5).costs).toEqual({ kvGroup: 576, queryHead: 192, ffnNeuron: 72, other: 5000 });
  });

  it('are those that were measured, where latency is limited', () => {
    expect(targetOf('latency', 0.5).costs).toEqual(measured);
  });

  it.each([
    [undefined, ''],
    [{ ...measured, kvGroup: 0 }, '.kv_group'],
    [{ ...measured, kvGroup: Number.NaN }, '.kv_group'],
    [{ ...measured, ffnNeuron: 0.5 }, '.ffn_neuron'],
    [{ ...measured, ffnNeuron: Infinity }, '.ffn_neuron'],
    [{ ...measured, other: -1 }, '.other'],
    [{ ...measured, queryHead: 0 }, '.query_head'],
    [{ ...measured, queryHead: 15_500_000 }, '.kv_group'],
  ])('cannot be %j', (costs, at) => {
    const price = () => resourceCosts({ resource: 'latency', atMost: 1e8, costs }, units.shape, facts);
    const field = `settings.resource_costs${at}`;
    expect(price).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'SETTING_INVALID', field }));
  });
});

describe('a limit on what is left', () => {
  it.each(
    methodsOfUnits.flatMap((method) =>
      (['parameters', 'flops', 'latency'] as const).map((resource) => ({ method, resource })),
    ),
  )('in $resource is kept by method $method, to less than one neuron', ({ method, resource }) => {
    const target = targetOf(resource, 0.6);
    const chosen = { ...settings, method, prior: defaultPrior(method), target };
    const { outcome } = driveProcedure(createProcedure(chosen, model), model);
    const spare = target.atMost - resourceUse(units, outcome.cut, target);
    expect(spare).toBeGreaterThanOrEqual(0);
    expect(spare).toBeLessThan(target.costs!.ffnNeuron);
    const removed = outcome.rounds.reduce((sum, round) => sum + round.removedParameters, 0);
    expect(removed).toBe(costOf(units, outcome.cut));
    const { forwardTokens, prunableParameters } = countWork(chosen, model);
    expect(forwardTokens).toBe(outcome.rounds.reduce((sum, round) => sum + round.forwardTokens, 0));
    expect(prunableParameters).toBe(units.totalCost);
  });

  it('is kept by models of any proportions, with constraints and without, to less than the coarsest step', () => {
    const constraints = fc.constantFrom<Partial<PruningSettings>>(
      {},
      { layout: 'uniform' },
      { ffnAlignment: 4 },
      { layout: 'uniform', ffnAlignment: 4, minKvGroups: 1 },
    );
    fc.assert(
      fc.property(
        completeShapes,
        constraints,
        fc.constantFrom('parameters', 'flops', 'latency'),
        fc.double({ min: 0.1, max: 0.95, noNaN: true }),
        fc.integer({ min: 1, max: 2 }),
        (shape, c, resource, share, rounds) => {
          const random = new SyntheticModel({ seed: 3, shape });
          const target = targetOf(resource, share, shape);
          const chosen = { ...settings, ...c, rounds, target };
          let procedure;
          try {
            procedure = createProcedure(chosen, random);
          } catch (error) {
            expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: expect.stringMatching(/^settings\./) });
            return;
          }
          const { outcome } = driveProcedure(procedure, random);
          const spare = target.atMost - resourceUse(random.units, outcome.cut, target);
          expect(spare).toBeGreaterThanOrEqual(0);
          expect(hasAllowedWidths(random.units, outcome.cut, c)).toBe(true);
          const priced = new UnitTable({ ...shape, unitCosts: target.costs! });
          const constrained = widthConstraints(c);
          const steps =
            constrained === undefined
              ? priced.modules.map(({ unitCost }) => unitCost)
              : widthLadders(priced, constrained).map(stepCost);
          const surplus = constrained === undefined ? 0 : surplusOf(priced, constrained);
          expect(spare).toBeLessThan(Math.max(...steps) + surplus);
        },
      ),
      {
        numRuns: 150,
        // A group that costs more than all neurons together.
        examples: [
          [
            { hiddenSize: 2, headDim: 2, queryHeadsPerGroup: 2, layers: [{ kvGroups: 2, ffnNeurons: 8 }] },
            {},
            'flops',
            0.21093749999999994,
            1,
          ],
        ],
      },
    );
  });

  it.each<[Partial<PruningSettings>, string]>([
    [{ sparsity: 0.5 }, 'settings.target_parameters'],
    [{ method: 'shortGpt' }, 'settings.target_parameters'],
    [{ target: { ...targetOf('parameters', 0.5), atMost: 0 } }, 'settings.target_parameters'],
    [{ target: { ...targetOf('flops', 0.5), atMost: 1e9 } }, 'settings.target_flops'],
    [{ target: { ...targetOf('flops', 0.5), atMost: 100 } }, 'settings.target_flops'],
    [{ target: { ...targetOf('latency', 0.5), atMost: Number.NaN } }, 'settings.target_latency'],
    [{ target: { ...targetOf('latency', 0.5), atMost: -1 } }, 'settings.target_latency'],
    [{ target: { ...targetOf('latency', 0.5), atMost: 1 } }, 'settings.target_latency'],
    [{ protectedLayers: [7] }, 'settings.protected_layers'],
    [{ minKvGroups: 4 }, 'settings.min_kv_groups'],
  ])('%j is refused on %s', (change, field) => {
    const chosen = { ...settings, target: targetOf('parameters', 0.5), ...change };
    expect(() => createProcedure(chosen, model)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', field }));
  });

  it.each<Partial<PruningSettings>>([{}, { minKvGroups: 2, minFfnNeurons: 30 }, { protectedLayers: [0, 2] }])(
    'that is too low with %j is refused with the lowest that is not',
    (change) => {
      const attempt = (atMost: number) => () =>
        createProcedure({ ...settings, ...change, target: { ...targetOf('parameters', 0.5), atMost } }, model);
      let message = '';
      try {
        attempt(5001)();
      } catch (error) {
        message = String(error);
      }
      const [, lowest] = /comes to (\d+)/.exec(message) ?? [];
      expect(attempt(Number(lowest))).not.toThrow();
      expect(attempt(Number(lowest) - 1)).toThrow();
    },
  );

  it('is refused of a model that has none of the units that are offered', () => {
    const shape = { ...units.shape, layers: [{ kvGroups: 0, ffnNeurons: 48 }] };
    const groupsOnly: PruningSettings = { ...settings, units: ['kvGroup'], target: targetOf('flops', 0.5, shape) };
    expect(() => createProcedure(groupsOnly, new SyntheticModel({ seed: 9, shape }))).toThrow(
      expect.objectContaining({ field: 'settings.target_flops', message: expect.stringContaining('name more kinds') }),
    );
  });

  it('is of the whole model as it is', () => {
    const target = targetOf('parameters', 1);
    expect(resourceUse(units, emptySet(units), target)).toBe(5000 + units.totalCost);
  });
});

/** What alignment takes in any case, as it divides no width as wide. */
function surplusOf(priced: UnitTable, constraints: NonNullable<ReturnType<typeof widthConstraints>>): number {
  return widthLadders(priced, constraints).reduce(
    (sum, { modules, widest }) =>
      sum + modules.reduce((all, { count, unitCost }) => all + unitCost * (count - widest), 0),
    0,
  );
}
