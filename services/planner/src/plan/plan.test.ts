import { describe, expect, it } from '@jest/globals';
import { keptLayers, UnitTable } from '@bonsai/pruning';
import type { PruningOutcome } from '@bonsai/pruning';
import { DEFAULT_SETTINGS } from '../jobs/job-settings.ts';
import { SYNTHETIC_REVISION, SYNTHETIC_SHAPE, SYNTHETIC_SIZES } from '../testing/synthetic-model.ts';
import { buildPlan } from './build-plan.ts';
import { planCut } from './plan-cut.ts';
import { planDocument, readPlanDocument } from './plan-document.ts';

const units = new UnitTable(SYNTHETIC_SHAPE);
const model = { revision: SYNTHETIC_REVISION, family: 'llama', shape: SYNTHETIC_SHAPE, ...SYNTHETIC_SIZES };
const spec = {
  model: { path: 'synthetic', revision: SYNTHETIC_REVISION },
  calibration: 'c'.repeat(64),
  metricService: undefined,
  settings: { ...DEFAULT_SETTINGS, sparsity: 0.3 },
};

/** Cuts KV group 1 of layer 0 and neurons 0 and 7 of layer 1. */
function outcome(): PruningOutcome {
  const cut = new Uint8Array(units.count);
  const neurons = units.module(1, 'ffnNeuron').start;
  for (const id of [1, neurons, neurons + 7]) cut[id] = 1;
  const importance = Float64Array.from({ length: units.count }, (_, id) => id / 7);
  const evidence = {
    round: 0,
    masks: 4,
    forwardTokens: 99,
    baseLoss: 2.5,
    looR2: 0.1,
    kendallTau: undefined,
    looR2WithoutTopModule: -1 / 3,
    maskFits: [{ predicted: 0.25, measured: 1 / 3 }],
    removedParameters: 240,
    removedKvGroups: 1,
    removedQueryHeads: 2,
    removedFfnNeurons: 2,
  };
  return { cut, importance, rounds: [evidence] };
}

describe('the plan', () => {
  it('lists what every layer keeps, with all query heads of a kept group', () => {
    const plan = buildPlan(spec, model, outcome());
    expect(plan.layers).toEqual([
      { keptKvGroups: [0], keptQueryHeads: [0, 1], keptFfnNeurons: [0, 1, 2, 3, 4, 5, 6, 7] },
      { keptKvGroups: [0, 1], keptQueryHeads: [0, 1, 2, 3], keptFfnNeurons: [1, 2, 3, 4, 5, 6] },
    ]);
    // One group of 2 * (2 + 1) * 4 * 8 parameters and two neurons of 3 * 8.
    expect(plan.budget).toMatchObject({ removedParameters: 192 + 48, keptKvGroups: 3, keptFfnNeurons: 14 });
    expect(plan.evidence[0]?.kvGroupImportance).toEqual([0, 1 / 7]);
  });

  it('has one document, byte for byte, which reads back to the same plan', () => {
    const plan = buildPlan(spec, model, outcome());
    const document = planDocument(plan);
    expect(planDocument(buildPlan(spec, model, outcome()))).toBe(document);
    expect(readPlanDocument(document)).toEqual(plan);
    expect(planDocument(readPlanDocument(document))).toBe(document);
  });

  it('gives its cut back', () => {
    const { cut } = planCut(buildPlan(spec, model, outcome()));
    expect(cut.slice(0, units.count)).toEqual(outcome().cut);
    expect(cut.includes(1, units.count)).toBe(false);
  });

  it('may keep fewer query heads of every group', () => {
    const plan = buildPlan(spec, model, outcome());
    const perGroup = SYNTHETIC_SHAPE.queryHeadsPerGroup;
    for (const layer of plan.layers) layer.keptQueryHeads = layer.keptKvGroups.map((group) => group * perGroup);
    const { units: withHeads, cut } = planCut(plan);
    expect(keptLayers(withHeads, cut).map(({ queryHeads }) => queryHeads)).toEqual(
      plan.layers.map(({ keptQueryHeads }) => keptQueryHeads),
    );
    plan.layers[0]!.keptQueryHeads = [];
    expect(() => planCut(plan)).toThrow(expect.objectContaining({ reason: 'PLAN_INVALID', field: 'plan.layers' }));
  });

  it.each([
    ['text that is not JSON', () => 'plan'],
    ['JSON that is not a plan', () => '[1, 2]'],
    ['another version', (text: string) => text.replace('"schemaVersion": 1', '"schemaVersion": 2')],
    ['units changed by hand', (text: string) => text.replace('"keptFfnNeurons":[1,2,3', '"keptFfnNeurons":[2,3')],
    ['a unit that the model lacks', (text: string) => text.replace('"keptFfnNeurons":[1,2', '"keptFfnNeurons":[2,9')],
    ['part of a group', (text: string) => text.replace('"keptQueryHeads":[0,1]', '"keptQueryHeads":[0]')],
    ['settings without their digest', (text: string) => text.replace(/"settingsDigest":.*\n/, '')],
    ['settings changed by hand', (text: string) => text.replace('"rounds":10', '"rounds":9')],
    ['another model', (text: string) => text.replace(SYNTHETIC_REVISION, 'b'.repeat(64))],
  ])('refuses %s', (_, change) => {
    const document = change(planDocument(buildPlan(spec, model, outcome())));
    expect(() => readPlanDocument(document)).toThrow(expect.objectContaining({ reason: 'PLAN_INVALID' }));
  });

  it('says of other files that they are no plans', () => {
    for (const text of ['{"name": "bonsai"}', '[1, 2]', 'null', '3', 'plan']) {
      expect(() => readPlanDocument(text)).toThrow(/not a plan/);
    }
  });

  it('means 0 by what its document leaves out, as proto3 JSON says', () => {
    const plan = buildPlan({ ...spec, settings: { ...spec.settings, seed: 0 } }, model, outcome());
    const document = planDocument(plan);
    expect(document).not.toMatch(/"seed"|"round":/);
    expect(readPlanDocument(document)).toMatchObject({ settings: { seed: 0 }, rounds: [{ round: 0 }] });
  });

  it('refuses an importance that is not a number', () => {
    const broken = outcome();
    broken.importance[3] = Number.NaN;
    expect(() => buildPlan(spec, model, broken)).toThrow(expect.objectContaining({ reason: 'INTERNAL' }));
  });
});
