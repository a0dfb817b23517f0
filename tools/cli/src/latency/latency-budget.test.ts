import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { UnitTable, costOf } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { latencyBudget } from './latency-budget.ts';
import type { LatencyTask } from './latency-budget.ts';

const layer = { kvGroups: 4, ffnNeurons: 100 };
const shape = { hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 2, layers: [layer, layer, layer] };
/** Milliseconds of a KV group and of a neuron on a device that does nothing else. */
const costs = { kvGroup: 3, ffnNeuron: 0.25 };
const priced = new UnitTable({ ...shape, unitCosts: costs });
const WHOLE = 40 + priced.totalCost;

/** A task on a runtime whose times are known; `disturb` says what comes on top of the nth time of a cut. */
function task(
  out: string | undefined,
  disturb: (pass: number) => number,
): LatencyTask & { readonly asked: () => number } {
  let pass = 0;
  const time = (cut: UnitSet): number => (40 + priced.totalCost - costOf(priced, cut) + disturb(pass++)) / 1e3;
  return {
    runtime: {
      name: 'a stopwatch',
      prepare: () => Promise.resolve(),
      time: (cut, passes) => Promise.resolve(Array.from({ length: passes }, () => time(cut))),
      close: () => Promise.resolve(),
    },
    conditions: { modelRevision: 'abc', runtime: 'a stopwatch', precision: 'auto', tokens: 128 },
    units: new UnitTable(shape),
    choices: { alignment: 0, queryHeads: false },
    out,
    onTurn: () => undefined,
    asked: () => pass,
  };
}

describe('latencyBudget', () => {
  const temporary = useTemporaryDirectory();

  it('finds the costs of a device that is disturbed every second time, once and for all', async () => {
    const first = task(temporary.path(), (pass) => (pass % 2 === 0 ? 0 : 1000 * (1 + (pass % 7))));
    const { settings, meanError } = await latencyBudget({ share: 0.5 }, first);
    expect(settings).toEqual({
      targetLatency: 0.5e9 * WHOLE,
      targetContextLength: 128,
      latencyRuntime: 'a stopwatch',
      resourceCosts: { kvGroup: 3e9, queryHead: 0, ffnNeuron: 0.25e9, other: 40e9 },
    });
    expect(meanError).toBeLessThan(1e-6);
    expect(await readFile(temporary.path('latency.json'), 'utf8')).toContain('"kv_group_picoseconds": 3000000000');

    const second = task(temporary.path(), () => 0);
    expect(await latencyBudget({ share: 0.5 }, second)).toEqual({ settings, meanError });
    expect(second.asked()).toBe(0);
    const time = await latencyBudget({ picoseconds: 7 }, second);
    expect(time.settings).toEqual({ ...settings, targetLatency: 7 });
  });

  it('times nothing where there is no room for it', async () => {
    const { asked, ...timed } = task(undefined, () => 0);
    const prepare = (cuts: readonly UnitSet[]): Promise<void> =>
      Promise.reject(new Error(`no room for ${cuts.length}`));
    const refused = latencyBudget({ share: 0.5 }, { ...timed, runtime: { ...timed.runtime, prepare } });
    await expect(refused).rejects.toThrow('no room for 12');
    expect(asked()).toBe(0);
  });

  it('refuses times that have nothing to do with widths', async () => {
    const hopeless = task(undefined, (pass) => (Math.floor(pass / 6) % 12 < 6 ? 0 : 2000));
    await expect(latencyBudget({ share: 0.5 }, hopeless)).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'LATENCY_UNSTEADY',
      field: '--target-latency',
    });
  });
});
