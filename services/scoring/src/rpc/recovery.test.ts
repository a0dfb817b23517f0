import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, openRecovered } from '@bonsai/checkpoint';
import { loadModel } from '@bonsai/model';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { callBidi, packUnitSet, packWindows, recoveryProto, scoringProto } from '@bonsai/rpc';
import {
  collect,
  evaluate,
  evaluateMasks,
  header,
  maskRequests,
  modelRef,
  randomMasks,
  randomWindows,
  startFixture,
  units,
} from '../testing/scoring-fixture.ts';
import type { ScoringFixture } from '../testing/scoring-fixture.ts';

const { ModuleKind } = recoveryProto;
const method = recoveryProto.RecoveryMethod.RECOVERY_METHOD_ALIGNED_LEAST_SQUARES;
const [cut = emptySet(units)] = randomMasks(1, 0.4, 2);
const fitWindows = randomWindows(6, 12, 1);
const heldOut = randomWindows(3, 12, 2);
const windows = randomWindows(3, 12, 3);

let scorer: ScoringFixture;
beforeAll(async () => {
  scorer = await startFixture();
});
afterAll(() => scorer.close());

async function recover({ client }: ScoringFixture, ridge = 1e-2, judges = heldOut) {
  function* requests(): Generator<scoringProto.RecoverRequest> {
    yield {
      part: { $case: 'header', value: { model: modelRef('tiny'), cut: packUnitSet(units, cut), method, ridge } },
    };
    for (const value of packWindows(fitWindows)) yield { part: { $case: 'windows', value } };
    for (const value of packWindows(judges)) yield { part: { $case: 'heldOutWindows', value } };
  }
  const responses = await collect(callBidi((...rest) => client.recover(...rest), requests()));
  return responses.map(({ trial }) => trial!);
}

function recoveryOf(trials: readonly recoveryProto.RecoveryTrial[]): recoveryProto.Recovery {
  return { method, ridge: 1e-2, modules: trials.filter((trial) => trial.accepted).map(({ module }) => module!) };
}

const recoveredHeader = (recovery: recoveryProto.Recovery): scoringProto.EvaluationHeader => ({
  ...header('tiny', cut),
  recovery,
});

async function weightsOf({ client }: ScoringFixture, recovery: recoveryProto.Recovery): Promise<Buffer> {
  function* requests(): Generator<scoringProto.GetRecoveredWeightsRequest> {
    yield { part: { $case: 'header', value: recoveredHeader(recovery) } };
    for (const value of packWindows(fitWindows)) yield { part: { $case: 'recoveryWindows', value } };
  }
  const pieces = await collect(callBidi((...rest) => client.getRecoveredWeights(...rest), requests()));
  return Buffer.concat(pieces.map(({ data }) => data));
}

function* withRecoveryWindows<Part>(
  requests: Iterable<{ part: Part }>,
): Generator<{ part: Part | { $case: 'recoveryWindows'; value: scoringProto.WindowChunk } }> {
  let first = true;
  for (const request of requests) {
    yield request;
    if (first) for (const value of packWindows(fitWindows)) yield { part: { $case: 'recoveryWindows', value } };
    first = false;
  }
}

async function recoveredSums(from: ScoringFixture, recovery: recoveryProto.Recovery, masks: UnitSet[]) {
  const requests = withRecoveryWindows(maskRequests(recoveredHeader(recovery), windows, masks));
  const responses = await collect(evaluateMasks(from, requests as Iterable<scoringProto.EvaluateMasksRequest>));
  return responses.map((response) => response.windows.map(({ nllSum }) => nllSum));
}

describe('Recover', () => {
  it('streams a trial of every module that lost something, each from where the last accepted one left off', async () => {
    const trials = await recover(scorer);
    expect(trials.map(({ module }) => [module?.layer, module?.kind])).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
      [2, 3],
    ]);
    const baseline = await collect(evaluate(scorer, header('tiny', cut), heldOut));
    const sum = baseline.reduce((total, { score }) => total + (score?.nllSum ?? NaN), 0);
    let nll = trials[0]?.nllBefore;
    expect(nll).toBeCloseTo(sum / (3 * 11), 10);
    for (const trial of trials) {
      expect(trial.nllBefore).toBe(nll);
      expect(trial.accepted).toBe(trial.nllAfter < trial.nllBefore);
      if (trial.accepted) nll = trial.nllAfter;
    }
  });

  it('refuses a ridge of 0 and a request without held-out windows', async () => {
    await expect(recover(scorer, 0)).rejects.toMatchObject({ reason: 'SETTING_INVALID', field: 'header.ridge' });
    await expect(recover(scorer, 1, [])).rejects.toMatchObject({
      reason: 'REQUEST_INVALID',
      field: 'held_out_windows',
    });
  });
});

describe('a recovered model', () => {
  it('has the loss that its recovery was accepted for', async () => {
    const trials = await recover(scorer);
    const last = trials.filter(({ accepted }) => accepted).at(-1);
    const requests = withRecoveryWindows(maskRequests(recoveredHeader(recoveryOf(trials)), heldOut, [emptySet(units)]));
    const [response] = await collect(evaluateMasks(scorer, requests as Iterable<scoringProto.EvaluateMasksRequest>));
    const sum = response!.windows.reduce((total, { nllSum }) => total + nllSum, 0);
    expect(sum / (3 * 11)).toBeCloseTo(last?.nllAfter ?? NaN, 10);
  });

  it('is scored as the model with the recovered file in place of its own weights, bit by bit', async () => {
    const recovery = recoveryOf(await recover(scorer));
    expect(recovery.modules.length).toBeGreaterThan(0);
    const masks = [emptySet(units), ...randomMasks(3, 0.2, 5)];
    const path = join(scorer.root, 'recovered.safetensors');
    await writeFile(path, await weightsOf(scorer, recovery));
    const checkpoint = await openRecovered(await openCheckpoint(`${scorer.root}/tiny`), cut, path);
    const model = await loadModel(createReferenceBackend(), checkpoint, cut);
    const expected = await collect(model.evaluate(windows, masks));
    model.release();
    await checkpoint.close();
    expect(await recoveredSums(scorer, recovery, masks)).toEqual(
      expected.map((mask) => mask.windows.map(({ nllSum }) => nllSum)),
    );
  });

  it('has the same bits in a scorer that never heard of it', async () => {
    const recovery = recoveryOf(await recover(scorer));
    const masks = randomMasks(2, 0.2, 5);
    const fresh = await startFixture();
    expect(await recoveredSums(fresh, recovery, masks)).toEqual(await recoveredSums(scorer, recovery, masks));
    const sha = async (from: ScoringFixture): Promise<string> =>
      createHash('sha256')
        .update(await weightsOf(from, recovery))
        .digest('hex');
    expect(await sha(fresh)).toBe(await sha(scorer));
    await fresh.close();
  });

  it('comes after signs of life where it has to be made, for who asks for them', async () => {
    const recovery = recoveryOf(await recover(scorer));
    const masks = [emptySet(units)];
    // A clock that is a second on whenever it is looked at: no sign is left out.
    let time = 0;
    const now = (): number => (time += 1000);
    for (const signsOfLife of [true, false]) {
      const fresh = await startFixture({ now });
      const asking = { ...recoveredHeader(recovery), signsOfLife };
      const requests = withRecoveryWindows(maskRequests(asking, windows, masks));
      const responses = await collect(evaluateMasks(fresh, requests as Iterable<scoringProto.EvaluateMasksRequest>));
      const signs = responses.slice(0, -1);
      expect(signs.every((sign) => sign.signOfLife === true && sign.windows.length === 0)).toBe(true);
      // One per module at least; one more says that the turn has come.
      expect(signs.length > recovery.modules.length).toBe(signsOfLife);
      expect(responses.at(-1)?.windows).toHaveLength(windows.length);
      expect(responses.at(-1)?.signOfLife).toBeUndefined();
      await fresh.close();
    }
  });

  it('differs from the model as cut, and leaves that as it is', async () => {
    const plain = (): Promise<unknown> => collect(evaluate(scorer, header('tiny', cut), windows));
    const before = await plain();
    const recovery = recoveryOf(await recover(scorer));
    expect(await recoveredSums(scorer, recovery, [emptySet(units)])).not.toEqual([
      (before as scoringProto.EvaluateResponse[]).map(({ score }) => score?.nllSum),
    ]);
    expect(await plain()).toEqual(before);
  });

  it.each([
    [
      'a module beyond the last layer',
      { layer: 2, kind: ModuleKind.MODULE_KIND_ATTENTION },
      'header.recovery.modules[0].layer',
    ],
    [
      'a final norm among the layers',
      { layer: 1, kind: ModuleKind.MODULE_KIND_FINAL_NORM },
      'header.recovery.modules[0].layer',
    ],
    ['a module of no kind', { layer: 0, kind: ModuleKind.MODULE_KIND_UNSPECIFIED }, 'header.recovery.modules[0].kind'],
  ])('cannot be asked for with %s', async (_, module, field) => {
    const call = recoveredSums(scorer, { method, ridge: 1, modules: [module] }, [emptySet(units)]);
    await expect(call).rejects.toMatchObject({ reason: 'REQUEST_INVALID', field });
  });

  it('cannot be asked for without the windows that it is fitted on, nor they without it', async () => {
    const recovery = { method, ridge: 1, modules: [] };
    const without = collect(evaluateMasks(scorer, maskRequests(recoveredHeader(recovery), windows, [emptySet(units)])));
    await expect(without).rejects.toMatchObject({ reason: 'REQUEST_INVALID', field: 'recovery_windows' });
    const needless = withRecoveryWindows(maskRequests(header('tiny', cut), windows, [emptySet(units)]));
    const call = collect(evaluateMasks(scorer, needless as Iterable<scoringProto.EvaluateMasksRequest>));
    await expect(call).rejects.toMatchObject({ reason: 'REQUEST_INVALID', field: 'header.recovery' });
  });
});
