import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '@bonsai/checkpoint';
import { writeTinyCheckpoint } from '@bonsai/checkpoint/testing';
import { loadModel } from '@bonsai/model';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet, union } from '@bonsai/pruning';
import type { UnitSet, WindowLoss } from '@bonsai/pruning';
import { planProto, scoringProto } from '@bonsai/rpc';
import { integerBelow, seededRandom, shuffle } from '@bonsai/support';
import { maxRelativeError } from '@bonsai/support/testing';
import { FakeModel } from '../testing/fake-model.ts';
import {
  collect,
  evaluate,
  evaluateMasks,
  header,
  maskRequests,
  randomMasks,
  randomWindows,
  startFixture,
  units,
} from '../testing/scoring-fixture.ts';
import type { ScoringFixture } from '../testing/scoring-fixture.ts';
import { TINY, unitTable } from '../testing/tiny-model.ts';

let scorer: ScoringFixture;
beforeAll(async () => {
  scorer = await startFixture();
});
afterAll(() => scorer.close());

/** NLL sums as [mask][window], from the model itself without any service. */
async function expectedSums(windows: Uint32Array[], masks: UnitSet[]): Promise<number[][]> {
  const losses = await expectedLosses(windows, masks);
  return losses.map((mask) => mask.map(({ nllSum }) => nllSum));
}

/** As [mask][window], with the divergence from the whole model. */
async function expectedLosses(
  windows: Uint32Array[],
  masks: UnitSet[],
  cut = emptySet(units),
): Promise<(readonly WindowLoss[])[]> {
  const checkpoint = await openCheckpoint(`${scorer.root}/tiny`);
  const whole = await loadModel(createReferenceBackend(), checkpoint, emptySet(units));
  const model = await loadModel(createReferenceBackend(), checkpoint, cut);
  const scores = await collect(model.evaluate(windows, masks, undefined, await whole.predict(windows)));
  await checkpoint.close();
  return scores.map((score) => score.windows);
}

async function sums(windows: Uint32Array[], masks: UnitSet[], cut?: UnitSet, from = scorer): Promise<number[][]> {
  const responses = await collect(evaluateMasks(from, maskRequests(header('tiny', cut), windows, masks)));
  expect(responses.map((response) => response.maskIndex)).toEqual(masks.map((_, i) => i));
  return responses.map((response) => response.windows.map((score) => score.nllSum));
}

describe('EvaluateMasks', () => {
  it('streams the scores of the model itself, bit by bit, in order (seed 3)', async () => {
    const windows = [...randomWindows(2, 16, 3), ...randomWindows(2, 5, 4)];
    const masks = [emptySet(units), ...randomMasks(6, 0.3, 3)];
    expect(await sums(windows, masks)).toEqual(await expectedSums(windows, masks));
  });

  it('counts every token but the first of a window', async () => {
    const windows = [randomWindows(1, 16, 1), randomWindows(1, 2, 1)].flat();
    const [response] = await collect(evaluateMasks(scorer, maskRequests(header(), windows, [emptySet(units)])));
    expect(response?.windows.map((score) => score.tokenCount)).toEqual([15, 1]);
  });

  it('gives a mask the same bits in any batch, order, turn and process (seed 8)', async () => {
    const windows = randomWindows(3, 12, 8);
    const masks = randomMasks(12, 0.4, 8);
    const together = await sums(windows, masks);
    const order = shuffle(
      masks.map((_, i) => i),
      seededRandom(8),
    );
    const shuffled = await sums(
      windows,
      order.map((i) => masks[i]!),
    );
    expect(shuffled).toEqual(order.map((i) => together[i]));
    const alone = integerBelow(seededRandom(9), masks.length);
    expect(await sums(windows, [masks[alone]!])).toEqual([together[alone]]);

    // Turns of one mask each, and of one window each.
    for (const turnTokens of [36, 12]) {
      const inTurns = await startFixture({ turnTokens });
      expect(await sums(windows, masks, undefined, inTurns)).toEqual(together);
      await inTurns.close();
    }
  });

  it('cuts a base out of the weights and leaves masks in terms of the original units (seed 12)', async () => {
    const windows = randomWindows(2, 16, 12);
    const [cut, ...masks] = randomMasks(4, 0.25, 12);
    const onBase = await sums(windows, masks, cut);
    const inOne = await sums(
      windows,
      masks.map((mask) => union(mask, cut!)),
    );
    expect(maxRelativeError(onBase.flat(), inOne.flat())).toBeLessThan(1e-5);
    expect(onBase).not.toEqual(await sums(windows, masks));
  });

  it('takes more masks than one message holds', async () => {
    const sizes = { ...TINY, intermediate_size: 20_000 };
    await writeTinyCheckpoint(`${scorer.root}/wide`, { config: sizes, seed: 5 });
    const wide = unitTable(sizes);
    const mask = Uint8Array.from({ length: wide.count }, (_, id) => id % 2);
    const masks = new Array<UnitSet>(1000).fill(mask);
    const requests = [...maskRequests(header('wide'), randomWindows(1, 2, 1), masks, wide)];
    const bytes = requests.map((request) => scoringProto.EvaluateMasksRequest.encode(request).finish().length);
    expect(Math.max(...bytes)).toBeLessThan(2 ** 20);
    expect(bytes.reduce((sum, length) => sum + length)).toBeGreaterThan(4 * 2 ** 20);

    const inTurns = await startFixture({ modelsRoot: scorer.root, turnTokens: 8 });
    const call = evaluateMasks(inTurns, requests);
    const first = await call.next();
    expect(first.done !== true && first.value.maskIndex).toBe(0);
    await call.return();
    await inTurns.close();
  });
});

describe('METRIC_KL', () => {
  const compared = (cut?: UnitSet) => ({ ...header('tiny', cut), metric: planProto.Metric.METRIC_KL });

  it('adds the divergence from the whole model, also of a cut one, whatever the turns (seed 21)', async () => {
    const windows = [...randomWindows(2, 12, 21), ...randomWindows(1, 5, 22)];
    const [cut, ...masks] = [...randomMasks(4, 0.25, 21), emptySet(units)];
    for (const options of [{}, { turnTokens: 12 }, { cacheBytes: 1 }]) {
      const fresh = await startFixture(options);
      const ofWhole = await collect(evaluateMasks(fresh, maskRequests(compared(), windows, masks)));
      expect(ofWhole.map((response) => response.windows)).toEqual(await expectedLosses(windows, masks));
      expect(ofWhole.at(-1)?.windows.map(({ klSum }) => klSum)).toEqual(windows.map(() => 0));
      const ofCut = await collect(evaluateMasks(fresh, maskRequests(compared(cut), windows, masks)));
      expect(ofCut.map((response) => response.windows)).toEqual(await expectedLosses(windows, masks, cut));
      const plain = await collect(evaluate(fresh, compared(cut), windows));
      expect(plain.map(({ score }) => score)).toEqual(ofCut.at(-1)?.windows);
      const plainWhole = await collect(evaluate(fresh, compared(), windows));
      expect(plainWhole.map(({ score }) => score)).toEqual(ofWhole.at(-1)?.windows);
      await fresh.close();
    }
  });

  it('runs the whole model once per window and precision, not once per request', async () => {
    // Holds one model at a time, so that every use of the whole one would load it again.
    const fresh = await startFixture({ cacheBytes: 1 });
    const windows = randomWindows(2, 12, 23);
    const [cut] = randomMasks(1, 0.25, 23);
    for (let i = 0; i < 3; i++) await collect(evaluate(fresh, compared(cut), windows));
    expect(fresh.loads).toHaveLength(2);
    await collect(evaluate(fresh, compared(cut), [...windows, ...randomWindows(1, 12, 24)]));
    expect(fresh.loads).toHaveLength(4);
    await fresh.close();
  });

  it('loads either model once for windows of several turns, where the device holds one of them', async () => {
    const fresh = await startFixture({ cacheBytes: 1, turnTokens: 12 });
    const [cut] = randomMasks(1, 0.25, 25);
    const scores = await collect(evaluate(fresh, compared(cut), randomWindows(4, 12, 25)));
    expect(scores).toHaveLength(4);
    expect(fresh.loads).toHaveLength(2);
    await fresh.close();
  });

  it('does not run the whole model a second time to compare it with itself', async () => {
    const model = new FakeModel(1);
    const fresh = await startFixture({ loadModel: () => Promise.resolve(model) });
    const windows = [...randomWindows(2, 12, 26), ...randomWindows(1, 5, 27)];
    const scores = await collect(evaluate(fresh, compared(), windows));
    expect(scores.map(({ score }) => score)).toEqual(
      [11, 11, 4].map((tokenCount) => ({ nllSum: 0, tokenCount, klSum: 0 })),
    );
    expect(model.steps).toBe(1);
    await fresh.close();
  });

  it('leaves the divergence out where it is not asked for', async () => {
    const [response] = await collect(evaluate(scorer, header(), randomWindows(1, 5, 1)));
    expect(response?.score?.klSum).toBeUndefined();
  });
});

describe('Evaluate', () => {
  it('streams the windows of the unmasked model, whole or cut (seed 6)', async () => {
    const windows = randomWindows(5, 9, 6);
    const whole = await collect(evaluate(scorer, header(), windows));
    expect(whole.map((response) => response.windowIndex)).toEqual([0, 1, 2, 3, 4]);
    expect([whole.map((response) => response.score?.nllSum)]).toEqual(await expectedSums(windows, [emptySet(units)]));

    const [cut] = randomMasks(1, 0.5, 6);
    const pruned = await collect(evaluate(scorer, header('tiny', cut), windows));
    expect([pruned.map((response) => response.score?.nllSum)]).toEqual(await sums(windows, [emptySet(units)], cut));
  });

  it('splits more windows than fit a turn', async () => {
    const inTurns = await startFixture({ turnTokens: 20 });
    const windows = randomWindows(5, 9, 6);
    expect(await collect(evaluate(inTurns, header(), windows))).toEqual(
      await collect(evaluate(scorer, header(), windows)),
    );
    await inTurns.close();
  });
});
