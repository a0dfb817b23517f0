import { describe, expect, it } from '@jest/globals';
import type { Checkpoint } from '@bonsai/checkpoint';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet } from '@bonsai/pruning';
import type { ModuleName } from '@bonsai/pruning';
import { loadModel } from '../load/load-model.ts';
import { naiveForward } from '../testing/naive-forward.ts';
import { lossesOf, randomModel } from '../testing/random-model.ts';
import { ALIGNED, largestError, LEAST_SQUARES, mixedCut, recovered, RECOVERED_FAMILIES } from '../testing/recovered.ts';
import { recoveredTensors } from './recovered-tensors.ts';
import type { RecoveredModule } from './recovery-request.ts';
import { refitted } from '../testing/host-results.ts';

const nameOf = ({ module }: RecoveredModule): ModuleName => module;

describe.each(RECOVERED_FAMILIES)('recover, %s', (_, changes) => {
  it('fits each block to its whole self on the stream from the blocks before it', async () => {
    const random = randomModel(1, changes);
    const { checkpoint, windows, units } = random;
    const cut = emptySet(units);
    const { start } = units.module(0, 'ffnNeuron');
    cut.fill(1, start, start + 8);
    const modules = [{ layer: 0, kind: 'ffn' }] as const;
    const [module] = await recovered(random, cut, { ...LEAST_SQUARES, windows, choice: { modules } });
    // Nothing before the first FFN is cut, so that its inputs are those of the whole model.
    const traces = await Promise.all(windows.map((w) => naiveForward(checkpoint, emptySet(units), w)));
    const neurons = traces.flatMap((trace) => trace.neuronOutputs[0] ?? []);
    const gram = Float32Array.from({ length: 19 * 19 }, (__, i) =>
      neurons.reduce((sum, row) => sum + (row[Math.floor(i / 19)] ?? 0) * (row[i % 19] ?? 0), 0),
    );
    const expected = refitted({
      gram: { rows: 19, cols: 19, data: gram },
      weight: { rows: 14, cols: 19, data: await checkpoint.readFloats('model.layers.0.mlp.down_proj.weight') },
      kept: Array.from({ length: 11 }, (__, i) => 8 + i),
      ridge: LEAST_SQUARES.ridge,
    });
    expect(largestError(module?.repair, { weight: expected })).toBeLessThan(1e-4);
  });

  it('gives each block the mean contribution of what it lost as a bias, which the recovered model adds', async () => {
    const random = randomModel(8, changes);
    const { checkpoint, windows, units } = random;
    const cut = emptySet(units);
    const { start } = units.module(0, 'ffnNeuron');
    cut.fill(1, start, start + 8);
    const modules = [{ layer: 0, kind: 'ffn' }] as const;
    const [module] = await recovered(random, cut, { method: 'bias', ridge: 0, windows, choice: { modules } });
    const traces = await Promise.all(windows.map((w) => naiveForward(checkpoint, emptySet(units), w)));
    const neurons = traces.flatMap((trace) => trace.neuronOutputs[0] ?? []);
    const down = await checkpoint.readFloats('model.layers.0.mlp.down_proj.weight');
    const name = 'model.layers.0.mlp.down_proj.bias';
    const own = checkpoint.tensors.has(name) ? await checkpoint.readFloats(name) : undefined;
    const expected = Float32Array.from({ length: 14 }, (__, output) =>
      neurons.reduce(
        (sum, row) => sum + row.slice(0, 8).reduce((lost, x, j) => lost + x * (down[output * 19 + j] ?? NaN), 0),
        0,
      ),
    ).map((sum, output) => sum / neurons.length + (own?.[output] ?? 0));
    expect(largestError(module?.repair, { bias: { rows: 1, cols: 14, data: expected } })).toBeLessThan(1e-5);
  });

  it('is no worse than the cut with biases that held-out text accepts, whatever masks share its batch', async () => {
    const random = randomModel(2, changes);
    const heldOut = randomModel(3, changes).windows;
    const cut = mixedCut(random);
    const request = { method: 'bias', ridge: 0, windows: random.windows, choice: { heldOut } } as const;
    const accepted = (await recovered(random, cut, request)).filter(({ trial }) => trial?.accepted);
    expect(accepted.length).toBeGreaterThan(0);
    const tensors = new Map(recoveredTensors(accepted).map((tensor) => [tensor.name, tensor]));
    const { checkpoint, units } = random;
    const withBiases: Checkpoint = {
      ...checkpoint,
      tensors: new Map([
        ...checkpoint.tensors,
        ...[...tensors].map(([name, { shape }]) => [name, { name, shape, dtype: 'F32' }] as const),
      ]),
      readFloats: async (name, rows) => tensors.get(name)?.data ?? checkpoint.readFloats(name, rows),
    };
    const model = await loadModel(createReferenceBackend(), withBiases, cut);
    const wholeBlock = emptySet(units);
    const { start, count } = units.module(2, 'ffnNeuron');
    for (let id = start; id < start + count; id++) wholeBlock[id] = 1 - (cut[id] ?? 0);
    const masks = [emptySet(units), wholeBlock];
    const together = await lossesOf(model, heldOut, masks);
    const alone = await Promise.all(masks.map((mask) => lossesOf(model, heldOut, [mask])));
    expect(together).toEqual(alone.flat());
    const tokens = heldOut.reduce((sum, window) => sum + window.length - 1, 0);
    const nll = (together[0] ?? []).reduce((sum, value) => sum + value, 0) / tokens;
    expect(nll).toBeCloseTo(accepted.at(-1)?.trial?.nllAfter ?? NaN, 6);
    model.release();
  });

  it('tries the blocks that lost something and kept something, in order, and keeps what lowers the held-out NLL', async () => {
    const random = randomModel(2, changes);
    const heldOut = randomModel(3, changes).windows;
    const modules = await recovered(random, mixedCut(random), {
      ...LEAST_SQUARES,
      windows: random.windows,
      choice: { heldOut },
    });
    expect(modules.map(nameOf)).toEqual([
      { layer: 0, kind: 'ffn' },
      { layer: 1, kind: 'attention' },
      { layer: 2, kind: 'attention' },
      { layer: 2, kind: 'ffn' },
    ]);
    let nll = modules[0]?.trial?.nllBefore;
    for (const { trial } of modules) {
      expect(trial?.nllBefore).toBe(nll);
      expect(trial?.accepted).toBe((trial?.nllAfter ?? NaN) < (trial?.nllBefore ?? NaN));
      if (trial?.accepted === true) nll = trial.nllAfter;
    }
  });

  it.each([LEAST_SQUARES, ALIGNED])('gives the same bits again when told which modules to recover: %j', async (by) => {
    const random = randomModel(4, changes);
    const request = { ...by, windows: random.windows };
    const tried = await recovered(random, mixedCut(random), { ...request, choice: { heldOut: random.windows } });
    const accepted = tried.filter(({ trial }) => trial?.accepted);
    expect(accepted.length).toBeGreaterThan(0);
    const again = await recovered(random, mixedCut(random), {
      ...request,
      choice: { modules: accepted.map(nameOf) },
    });
    expect(again.map(({ repair }) => repair)).toEqual(accepted.map(({ repair }) => repair));
  });

  it('recovers nothing where nothing is cut', async () => {
    const random = randomModel(5, changes);
    const choice = { heldOut: random.windows };
    const request = { ...LEAST_SQUARES, windows: random.windows, choice };
    expect(await recovered(random, emptySet(random.units), request)).toEqual([]);
  });

  it.each(['windows', 'held_out'])('refuses a request without %s', async (field) => {
    const random = randomModel(7, changes);
    const windows = field === 'windows' ? [] : random.windows;
    const request = { ...LEAST_SQUARES, windows, choice: { heldOut: field === 'windows' ? random.windows : [] } };
    await expect(recovered(random, mixedCut(random), request)).rejects.toMatchObject({ reason: 'TEXT_EMPTY', field });
  });
});
