import { afterEach, describe, expect, it } from '@jest/globals';
import { emptySet } from '@bonsai/pruning';
import { callBidi, callUnary, scoringProto } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import type { ScoringServerOptions } from '../start-scoring-server.ts';
import { referenceDevice } from '../testing/reference-device.ts';
import { FakeModel } from '../testing/fake-model.ts';
import {
  collect,
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
import type { LoadModel } from './model-cache.ts';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function start(options: Partial<ScoringServerOptions> = {}): Promise<ScoringFixture> {
  const scorer = await startFixture(options);
  cleanUps.push(() => scorer.close());
  return scorer;
}

const outOfMemory = (): BonsaiError =>
  new BonsaiError('The GPU has no memory left.', { code: 'RESOURCE_EXHAUSTED', reason: 'DEVICE_OUT_OF_MEMORY' });
const deviceLost = (): BonsaiError =>
  new BonsaiError('The GPU device was lost.', { code: 'UNAVAILABLE', reason: 'DEVICE_LOST' });

const windows = randomWindows(2, 8, 1);
const masks = randomMasks(6, 0.3, 1);
const removed = masks.map((mask) => mask.reduce((sum, member) => sum + member, 0));

const score = (scorer: ScoringFixture, path = 'tiny', cut = emptySet(units), list = masks) =>
  evaluateMasks(scorer, maskRequests(header(path, cut), windows, list));

const sums = async (responses: AsyncIterable<scoringProto.EvaluateMasksResponse>): Promise<(number | undefined)[]> =>
  (await collect(responses)).map((response) => response.windows[0]?.nllSum);

const info = ({ client }: ScoringFixture): Promise<scoringProto.GetServerInfoResponse> =>
  callUnary<scoringProto.GetServerInfoResponse>((...rest) => client.getServerInfo({}, ...rest));

/** Serves fake models, made anew at every load. */
function fakes(make: (load: number) => FakeModel): { readonly models: FakeModel[]; readonly loadModel: LoadModel } {
  const models: FakeModel[] = [];
  return {
    models,
    loadModel: () => {
      const model = make(models.length);
      models.push(model);
      return Promise.resolve(model);
    },
  };
}

describe('models on the device', () => {
  it('are loaded once for requests at the same time and after each other', async () => {
    const scorer = await start();
    const [first, second] = await Promise.all([sums(score(scorer)), sums(score(scorer))]);
    expect(first).toEqual(second);
    expect(await sums(score(scorer))).toEqual(first);
    expect(scorer.loads).toHaveLength(1);
  });

  it('are told apart by checkpoint and cut', async () => {
    const scorer = await start();
    const cut = randomMasks(1, 0.2, 5)[0]!;
    const whole = await sums(score(scorer));
    expect(await sums(score(scorer, 'other'))).not.toEqual(whole);
    expect(await sums(score(scorer, 'tiny', cut))).not.toEqual(whole);
    expect(scorer.loads).toHaveLength(3);
    const { loadedModels } = await info(scorer);
    expect(loadedModels.map(({ path }) => path)).toEqual(['tiny', 'other', 'tiny']);
    expect(new Set(loadedModels.map(({ baseDigest }) => baseDigest)).size).toBe(2);
  });

  it('leave in order of last use when the cache is full', async () => {
    const { models, loadModel } = fakes(() => new FakeModel(6_000));
    // A cut of the tiny checkpoint takes some 15 kB in f32: room for two fake models of 6 kB while a third is loaded, not for three.
    const scorer = await start({ loadModel, cacheBytes: 30_000 });
    const cuts = randomMasks(4, 0.2, 7);
    for (const i of [0, 1, 0, 2, 3]) await sums(score(scorer, 'tiny', cuts[i]));
    expect(models.map((model) => model.released)).toEqual([false, true, false, false]);
  });

  it('make room for each other when loading runs out of memory', async () => {
    const { models, loadModel } = fakes((load) => {
      if (load > 0 && !models[0]!.released) throw outOfMemory();
      return new FakeModel(1);
    });
    const scorer = await start({ loadModel });
    await sums(score(scorer, 'tiny'));
    expect(await sums(score(scorer, 'other'))).toEqual(removed);
    expect(models.map((model) => model.released)).toEqual([true, false]);
  });

  it('are loaded once more when the driver had no memory, though no other was there to leave', async () => {
    const { loadModel } = fakes(() => new FakeModel(1));
    let [loads, reclaimed] = [0, 0];
    const device = referenceDevice();
    const scorer = await start({
      openDevice: () =>
        Promise.resolve({
          ...device,
          reclaim: () => {
            reclaimed++;
            return Promise.resolve();
          },
        }),
      loadModel: async (...args) => {
        if (++loads === 1) throw outOfMemory();
        // Once for the load, and once more after its failure.
        expect(reclaimed).toBe(2);
        return loadModel(...args);
      },
    });
    expect(await sums(score(scorer))).toEqual(removed);
  });

  it('are four on a GPU, however large they are', async () => {
    const { models, loadModel } = fakes(() => new FakeModel(2 ** 40));
    const device = referenceDevice();
    const adapter = { ...device.adapter, software: false };
    const scorer = await start({ loadModel, openDevice: () => Promise.resolve({ ...device, adapter }) });
    for (const cut of randomMasks(5, 0.2, 7)) await sums(score(scorer, 'tiny', cut));
    expect(models.map((model) => model.released)).toEqual([true, false, false, false, false]);
  });

  it('make room when computing runs out of memory, and the request goes on where it was', async () => {
    const { models, loadModel } = fakes(
      (load) =>
        new FakeModel(1, async (model) => {
          if (load === 1 && model.steps === 3 && !models[0]!.released) throw outOfMemory();
          await Promise.resolve();
        }),
    );
    const scorer = await start({ loadModel });
    await sums(score(scorer, 'tiny'));
    expect(await sums(score(scorer, 'other'))).toEqual(removed);
    expect(models[1]!.steps).toBe(masks.length);
  });

  it('that do not fit even alone end the request, not the service', async () => {
    const { loadModel } = fakes(() => new FakeModel(1));
    let loads = 0;
    const scorer = await start({
      loadModel: (...args) => (++loads <= 2 ? Promise.reject(outOfMemory()) : loadModel(...args)),
    });
    const expected = { code: 'RESOURCE_EXHAUSTED', reason: 'DEVICE_OUT_OF_MEMORY' };
    await expect(sums(score(scorer))).rejects.toMatchObject(expected);
    expect(await sums(score(scorer))).toEqual(removed);
  });

  it('are released when the service stops', async () => {
    const { models, loadModel } = fakes(() => new FakeModel(1));
    const scorer = await startFixture({ loadModel });
    await sums(score(scorer));
    await scorer.close();
    expect(models[0]!.released).toBe(true);
  });
});

describe('a lost device', () => {
  it('ends this call and all later ones as UNAVAILABLE, and is reported once', async () => {
    const { loadModel } = fakes(
      () => new FakeModel(1, (model) => (model.steps === 2 ? Promise.reject(deviceLost()) : Promise.resolve())),
    );
    const losses: string[] = [];
    const scorer = await start({ loadModel, deviceLost: (error) => losses.push(error.reason) });
    const expected = { code: 'UNAVAILABLE', reason: 'DEVICE_LOST' };
    const call = score(scorer);
    const received: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { maskIndex } of call) received.push(maskIndex);
    };
    await expect(read()).rejects.toMatchObject(expected);
    expect(received).toEqual([0, 1]);
    await expect(sums(score(scorer))).rejects.toMatchObject(expected);
    expect(losses).toEqual(['DEVICE_LOST']);
  });
});

describe('a plan of memory', () => {
  const plan = ({ client }: ScoringFixture): Promise<scoringProto.PlanMemoryResponse> => {
    const request = scoringProto.PlanMemoryRequest.fromPartial({ model: modelRef('tiny'), windowLengths: [4] });
    return callUnary((...rest) => client.planMemory(request, ...rest));
  };

  it('notes a lost device, and is refused on it', async () => {
    let asked = 0;
    const backend = (): Promise<never> => {
      asked++;
      return Promise.reject(deviceLost());
    };
    const losses: string[] = [];
    const scorer = await start({
      openDevice: () => Promise.resolve({ ...referenceDevice(), backend }),
      deviceLost: (error) => losses.push(error.reason),
    });
    for (let call = 0; call < 2; call++) await expect(plan(scorer)).rejects.toMatchObject({ reason: 'DEVICE_LOST' });
    expect(asked).toBe(1);
    expect(losses).toEqual(['DEVICE_LOST']);
  });
});

describe('requests at the same time', () => {
  it('take turns on the device and never overlap', async () => {
    let running = 0;
    const order: FakeModel[] = [];
    const { models, loadModel } = fakes(
      () =>
        new FakeModel(1, async (model) => {
          expect(++running).toBe(1);
          order.push(model);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
        }),
    );
    // A turn is two masks of 16 tokens.
    const scorer = await start({ loadModel, turnTokens: 32 });
    await Promise.all([sums(score(scorer, 'tiny')), sums(score(scorer, 'other'))]);
    const sequence = order.map((model) => models.indexOf(model)).join('');
    expect(sequence).toHaveLength(12);
    // Once both are there they alternate; the first may have had turns alone before.
    expect(sequence).toMatch(/^(00|11)*(0011|1100)/);
  });

  it('collect statistics layer by layer', async () => {
    const { loadModel } = fakes(() => new FakeModel(1));
    const scorer = await start({ loadModel });
    const kinds = [scoringProto.StatisticKind.STATISTIC_KIND_ACTIVATION];
    const requests: scoringProto.CollectStatisticsRequest[] = [
      { part: { $case: 'header', value: { model: modelRef('tiny'), cut: undefined, kinds, recovery: undefined } } },
      { part: { $case: 'windows', value: { windows: [{ tokenIds: [1, 2, 3] }] } } },
    ];
    const layers = await collect(callBidi((...rest) => scorer.client.collectStatistics(...rest), requests));
    expect(layers.map(({ layer, ffnResidualEnergy }) => [layer, ffnResidualEnergy])).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
});
