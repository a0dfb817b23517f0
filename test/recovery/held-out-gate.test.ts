import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint, openRecovered, writeRecovered } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel, recoveredTensors } from '@bonsai/model';
import type { RecoveredModule } from '@bonsai/model';
import type { Backend } from '@bonsai/ops';
import { emptySet, RECOVERY_RIDGE } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { integerBelow, seededRandom } from '@bonsai/support';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { cutsToExport } from '../export/support/cuts.ts';
import { DEMO_MODEL, demoReference } from '../export/support/demo-model.ts';

const SEED = 11;
const WINDOWS = 4;

describe(`a recovery fitted on random tokens (seed ${SEED})`, () => {
  const work = useTemporaryDirectory();
  let backend: Backend;
  let checkpoint: Checkpoint;
  let cut: UnitSet;
  let heldOut: Uint32Array[];
  let tried: RecoveredModule[];
  let files = 0;

  beforeAll(async () => {
    backend = await createGpuBackend(await openDevice(), { precision: 'f32' });
    checkpoint = await openCheckpoint(DEMO_MODEL);
    cut = cutsToExport(checkpoint.config).find(({ uniform }) => !uniform)!.cut;
    heldOut = (await demoReference()).windows.slice(0, WINDOWS).map((window) => Uint32Array.from(window));
    tried = await recoverOn(garbage());
  });

  afterAll(async () => {
    await checkpoint.close();
    await backend.dispose();
  });

  function garbage(): Uint32Array[] {
    const random = seededRandom(SEED);
    const token = (): number => integerBelow(random, checkpoint.config.vocabSize);
    return Array.from({ length: WINDOWS }, () => Uint32Array.from({ length: 64 }, token));
  }

  async function recoverOn(windows: readonly Uint32Array[]): Promise<RecoveredModule[]> {
    const model = await loadModel(backend, checkpoint, cut);
    const modules: RecoveredModule[] = [];
    const request = { method: 'alignedLeastSquares', ridge: RECOVERY_RIDGE, windows, choice: { heldOut } } as const;
    for await (const module of model.recover(request)) modules.push(module);
    model.release();
    return modules;
  }

  /** Mean NLL of the held-out windows with the given modules' outputs in place. */
  async function heldOutNll(modules: readonly RecoveredModule[]): Promise<number> {
    const path = work.path(`recovered-${++files}.safetensors`);
    await writeRecovered(path, recoveredTensors(modules));
    const recovered = await openRecovered(await openCheckpoint(DEMO_MODEL), cut, path);
    const model = await loadModel(backend, recovered, cut);
    let [sum, tokens] = [0, 0];
    for await (const { windows } of model.evaluate(heldOut, [emptySet(model.units)])) {
      for (const { nllSum, tokenCount } of windows) [sum, tokens] = [sum + nllSum, tokens + tokenCount];
    }
    model.release();
    await recovered.close();
    return sum / tokens;
  }

  it('is refused block by block where held-out text says that it harms', () => {
    const refused = tried.filter(({ trial }) => trial?.accepted === false);
    expect(refused.length).toBeGreaterThan(0);
    for (const { trial } of refused) expect(trial!.nllAfter).toBeGreaterThanOrEqual(trial!.nllBefore);
  });

  it('leaves the held-out NLL no higher than that of the cut alone', async () => {
    const cutAlone = await heldOutNll([]);
    expect(tried[0]?.trial?.nllBefore).toBeCloseTo(cutAlone, 6);
    expect(await heldOutNll(tried.filter(({ trial }) => trial?.accepted))).toBeLessThanOrEqual(cutAlone);
  });

  it('would have harmed without being judged', async () => {
    const first = tried.findIndex(({ trial }) => trial?.accepted === false);
    const before = tried.slice(0, first);
    expect(await heldOutNll([...before, tried[first]!])).toBeGreaterThan(await heldOutNll(before));
  });

  it('is judged by nothing but held-out text: the same blocks gain from real text', async () => {
    const onText = await recoverOn(heldOut);
    const accepted = onText.filter(({ trial }) => trial?.accepted);
    expect(accepted.length).toBeGreaterThan(tried.filter(({ trial }) => trial?.accepted).length);
  });
});
