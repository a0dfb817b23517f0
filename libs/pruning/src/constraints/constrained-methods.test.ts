import { describe, expect, it } from '@jest/globals';
import { standardError } from '@bonsai/support';
import fc from 'fast-check';
import { createProcedure } from '../procedure/create-procedure.ts';
import { defaultPrior, methodTraits } from '../contract/method-traits.ts';
import { PRUNING_METHODS } from '../contract/pruning-procedure.ts';
import type { LossesRequest, PruningOutcome, PruningRequest, PruningSettings } from '../contract/pruning-procedure.ts';
import { hasAllowedWidths, keptWidths } from '../testing/allowed-widths.ts';
import { countWork } from '../plan/job-work.ts';
import { meanNll } from '../procedure/window-loss.ts';
import { driveProcedure, type MeasurableModel } from '../testing/drive-procedure.ts';
import { completeShapes } from '../testing/random-shapes.ts';
import { SyntheticModel } from '../testing/synthetic-model.ts';
import { costOf, countIn, emptySet, type UnitSet } from '../units/unit-set.ts';
import type { WidthConstraints } from '../contract/width-constraints.ts';
import { stepCost, widthLadders } from '../selection/width-ladder.ts';
import { SMALL_JOB } from '../testing/small-job.ts';

const settings: PruningSettings = { ...SMALL_JOB, sparsity: 0.45, rounds: 2 };
const layer = { kvGroups: 3, ffnNeurons: 50 };
const model = new SyntheticModel({
  seed: 9,
  shape: { hiddenSize: 24, headDim: 4, queryHeadsPerGroup: 2, layers: [layer, layer, layer, layer] },
});
const { units } = model;
const methodsOfUnits = PRUNING_METHODS.filter((method) => !methodTraits(method).removesBlocks);

const CONSTRAINTS: readonly Partial<WidthConstraints>[] = [
  { layout: 'uniform' },
  { layout: 'uniform', ffnAlignment: 8 },
  { ffnAlignment: 16 },
  { minKvGroups: 2, minFfnNeurons: 10 },
  { layout: 'uniform', ffnAlignment: 4, minKvGroups: 3 },
];

/** The last question: about a cut under all constraints and one without each. */
function pricedCuts(requests: readonly PruningRequest[]): LossesRequest {
  const last = requests.at(-1);
  if (last?.kind !== 'losses') throw new Error('the last question is about the priced cuts');
  return last;
}

/** The prices are what the model loses by these cuts, give or take, and what they took is within the estimate. */
function expectHonestPrices(chosen: PruningSettings, outcome: PruningOutcome, { cut, masks }: LossesRequest): void {
  const { loss, costs, windows, forwardTokens } = outcome.constraintCosts!;
  const [under, ...relaxed] = model.losses(cut, masks, windows).map((losses) => losses.map((loss) => meanNll([loss])));
  const rises = relaxed.map((without) => without.map((lossWithout, i) => under![i]! - lossWithout));
  expect(costs.map((cost) => cost.standardError)).toEqual(rises.map((rise) => standardError(rise)));
  const priced = [loss, ...costs.map(({ lossWithout }) => lossWithout)];
  expect(model.losses(cut, masks, windows).map(meanNll)).toEqual(priced);
  const ofRounds = outcome.rounds.reduce((sum, round) => sum + round.forwardTokens, 0);
  expect(ofRounds + forwardTokens).toBeLessThanOrEqual(countWork(chosen, model).forwardTokens);
}

describe('a method with constrained widths', () => {
  it.each(methodsOfUnits.flatMap((method) => CONSTRAINTS.map((constraints) => ({ method, constraints }))))(
    '$method keeps to $constraints after every round, and to the budget',
    ({ method, constraints }) => {
      const chosen = { ...settings, ...constraints, method, prior: defaultPrior(method) };
      const { outcome, requests } = driveProcedure(createProcedure(chosen, model), model);
      for (const request of requests) {
        if (request.kind === 'roundFinished') expect(hasAllowedWidths(units, request.cut, constraints)).toBe(true);
      }
      expect(hasAllowedWidths(units, outcome.cut, constraints)).toBe(true);
      const gap = settings.sparsity * units.totalCost - costOf(units, outcome.cut);
      expect(gap).toBeGreaterThanOrEqual(0);
      const ladders = widthLadders(units, {
        layout: 'perLayer',
        ffnAlignment: 1,
        minKvGroups: 0,
        minFfnNeurons: 0,
        ...constraints,
      });
      expect(gap).toBeLessThan(Math.max(...ladders.map(stepCost)));
    },
  );

  it.each(
    methodsOfUnits.flatMap((method) => [
      { method, kind: 'ffnNeuron', other: 'kvGroup', whole: 3 } as const,
      { method, kind: 'kvGroup', other: 'ffnNeuron', whole: 50 } as const,
    ]),
  )('$method makes uniform layers of fewer units of kind $kind alone', ({ method, kind, other, whole }) => {
    const chosen: PruningSettings = {
      ...{ ...settings, method, prior: defaultPrior(method), rounds: 1, sparsity: 0.15 },
      ...{ layout: 'uniform', units: [kind] },
    };
    const { outcome } = driveProcedure(createProcedure(chosen, model), model);
    expect(hasAllowedWidths(units, outcome.cut, chosen)).toBe(true);
    expect(outcome.cut.includes(1)).toBe(true);
    expect(keptWidths(units, outcome.cut, other)).toEqual([whole, whole, whole, whole]);
    expect(outcome.constraintCosts?.costs.map(({ constraint }) => constraint)).toEqual(['layout']);
  });

  it('goes on after a round that no step fitted', () => {
    const chosen: PruningSettings = { ...settings, layout: 'uniform', ffnAlignment: 25, rounds: 4 };
    const { outcome } = driveProcedure(createProcedure(chosen, model), model);
    expect(outcome.rounds.map(({ removedParameters }) => removedParameters)).toContain(0);
    expect(keptWidths(units, outcome.cut, 'ffnNeuron')).toEqual([25, 25, 25, 25]);
  });

  it('exempts protected layers', () => {
    const constraints = { ffnAlignment: 16, minKvGroups: 1 };
    const chosen = { ...settings, ...constraints, sparsity: 0.3, protectedLayers: [1] };
    const { outcome } = driveProcedure(createProcedure(chosen, model), model);
    const neurons = keptWidths(units, outcome.cut, 'ffnNeuron');
    expect(neurons[1]).toBe(50);
    expect(neurons.filter((width) => width % 16 === 0)).toHaveLength(3);
  });

  it('says what its constraints cost: all of them, and each alone', () => {
    const constraints = { layout: 'uniform', ffnAlignment: 8, minKvGroups: 1 } as const;
    const chosen: PruningSettings = { ...settings, ...constraints };
    const { outcome, requests } = driveProcedure(createProcedure(chosen, model), model);
    const priced = pricedCuts(requests);
    const { loss, costs } = outcome.constraintCosts!;
    expect(costs.map(({ constraint }) => constraint)).toEqual(['all', 'layout', 'ffnAlignment', 'minKvGroups']);
    expect(costs[0]!.lossWithout).toBeLessThan(loss);
    const budget = costOf(units, outcome.cut);
    const relaxed = [constraints, {}, { ffnAlignment: 8, minKvGroups: 1 }, { layout: 'uniform' } as const, constraints];
    for (const [i, mask] of priced.masks.entries()) {
      expect(costOf(units, mask)).toBeLessThanOrEqual(budget);
      expect(hasAllowedWidths(units, mask, relaxed[i]!)).toBe(true);
    }
    expectHonestPrices(chosen, outcome, priced);
  });

  it('says no standard error of costs that are measured on one window', () => {
    const chosen: PruningSettings = { ...settings, method: 'priorOnly', layout: 'uniform', windowsPerMask: 1 };
    const { outcome } = driveProcedure(createProcedure(chosen, model), model);
    expect(outcome.constraintCosts!.costs.map((cost) => cost.standardError)).toEqual([undefined]);
  });

  it.each(methodsOfUnits)('prices a constraint of method %s against what the method would cut without it', (method) => {
    const chosen = { ...settings, method, prior: defaultPrior(method), rounds: 1, ffnAlignment: 16 };
    const { outcome, requests } = driveProcedure(createProcedure(chosen, model), model);
    expect(outcome.constraintCosts?.costs.map(({ constraint }) => constraint)).toEqual(['ffnAlignment']);
    const priced = pricedCuts(requests);
    const free = { ...chosen, ffnAlignment: 1, sparsity: costOf(units, outcome.cut) / units.totalCost };
    const unconstrained = driveProcedure(createProcedure(free, model), model).outcome;
    // Where the cut follows from one ranking, it is the very same.
    if (!methodTraits(method).samplesMasks && method !== 'random' && method !== 'wandaSp') {
      expect(priced.masks[1]).toEqual(unconstrained.cut);
    }
    expect(unconstrained.constraintCosts).toBeUndefined();
  });

  it('says what protected layers cost, beside what widths do', () => {
    const chosen: PruningSettings = { ...settings, sparsity: 0.3, ffnAlignment: 8, protectedLayers: [1] };
    const { outcome, requests } = driveProcedure(createProcedure(chosen, model), model);
    expect(requests.at(-2)).toMatchObject({ kind: 'statistics', cut: emptySet(units) });
    const priced = pricedCuts(requests);
    const { costs } = outcome.constraintCosts!;
    expect(costs.map(({ constraint }) => constraint)).toEqual(['all', 'ffnAlignment', 'protectedLayers']);
    const ofProtected = priced.masks.map((mask) =>
      units.modules.filter(({ layer }) => layer === 1).reduce((sum, module) => sum + countIn(module, mask), 0),
    );
    expect(ofProtected.map((count) => count > 0)).toEqual([false, true, false, true]);
    // A layer has 53 units; were those of layer 1 worth nothing, all of them would go.
    for (const count of ofProtected) expect(count).toBeLessThan(20);
    expect(hasAllowedWidths(units, priced.masks[3]!, { ffnAlignment: 8 })).toBe(true);
    expectHonestPrices(chosen, outcome, priced);
  });

  it.each([
    { method: 'priorOnly' },
    { method: 'flap' },
    { method: 'priorOnly', units: ['ffnNeuron'] },
    { method: 'priorOnly', units: ['kvGroup'], sparsity: 0.1 },
  ] as const)('prices protected layers under %j at what would be cut of them', ({ method, ...change }) => {
    const chosen = { ...settings, method, prior: defaultPrior(method), sparsity: 0.3, rounds: 1, ...change };
    const { outcome, requests } = driveProcedure(createProcedure({ ...chosen, protectedLayers: [1] }, model), model);
    const free = { ...chosen, sparsity: costOf(units, outcome.cut) / units.totalCost };
    const unprotected = driveProcedure(createProcedure(free, model), model).outcome;
    expect(pricedCuts(requests).masks[1]).toEqual(unprotected.cut);
  });

  it('states what protected units are worth in the terms of its estimates: a hundred times the losses are the same prices', () => {
    const chosen: PruningSettings = { ...settings, sparsity: 0.3, protectedLayers: [1] };
    const dear: MeasurableModel = {
      statistics: (cut, obs) => model.statistics(cut, obs),
      losses: (cut, masks, windows) =>
        model
          .losses(cut, masks, windows)
          .map((losses) => losses.map(({ nllSum, tokenCount }) => ({ nllSum: 100 * nllSum, tokenCount }))),
    };
    const priced = (measured: MeasurableModel): UnitSet | undefined =>
      pricedCuts(driveProcedure(createProcedure(chosen, model), measured).requests).masks[1];
    expect(priced(dear)).toEqual(priced(model));
  });

  it.each(PRUNING_METHODS)('prices layers that method %s must keep, unless it removes blocks', (method) => {
    const chosen = { ...settings, method, prior: defaultPrior(method), protectedLayers: [0] };
    const { outcome } = driveProcedure(createProcedure(chosen, model), model);
    const priced = outcome.constraintCosts?.costs.map(({ constraint }) => constraint);
    expect(priced).toEqual(methodTraits(method).removesBlocks ? undefined : ['protectedLayers']);
  });

  it('measures the candidates of its cut with allowed widths', () => {
    const chosen: PruningSettings = { ...settings, layout: 'uniform', rounds: 1 };
    const { outcome, requests } = driveProcedure(createProcedure(chosen, model), model);
    const measured = requests.flatMap((request) => (request.kind === 'losses' ? request.masks : []));
    const candidates = measured.filter((mask) => hasAllowedWidths(units, mask, chosen) && mask.includes(1));
    expect(candidates.length).toBeGreaterThan(5);
    expect(candidates.map((mask) => mask.join())).toContain(outcome.cut.join());
  });

  it('does so on models of any proportions', () => {
    const method = fc.constantFrom(...methodsOfUnits.filter((name) => name !== 'bonsai' && !name.startsWith('paper')));
    const constraints = fc.constantFrom(...CONSTRAINTS);
    fc.assert(
      fc.property(
        completeShapes,
        method,
        constraints,
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (shape, name, c, sparsity) => {
          const random = new SyntheticModel({ seed: 3, shape });
          const chosen = { ...settings, ...c, method: name, prior: defaultPrior(name), sparsity, rounds: 1 };
          let procedure;
          try {
            procedure = createProcedure(chosen, random);
          } catch (error) {
            expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: expect.stringMatching(/^settings\./) });
            // What is refused does not count as a case.
            fc.pre(false);
          }
          const { outcome } = driveProcedure(procedure, random);
          expect(hasAllowedWidths(random.units, outcome.cut, c)).toBe(true);
          expect(outcome.cut.includes(1)).toBe(true);
          expect(costOf(random.units, outcome.cut)).toBeLessThanOrEqual(sparsity * random.units.totalCost);
        },
      ),
      { numRuns: 60 },
    );
  });
});
