import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emptySet } from '@bonsai/pruning';
import { MAX_MASK_WINDOWS, callBidi, callUnary, packUnitSet, packWindows, planProto, scoringProto } from '@bonsai/rpc';
import {
  collect,
  evaluate,
  evaluateMasks,
  header,
  maskRequests,
  modelRef,
  randomWindows,
  startFixture,
  units,
} from '../testing/scoring-fixture.ts';
import type { ScoringFixture } from '../testing/scoring-fixture.ts';
import { TINY } from '../testing/tiny-model.ts';

let scorer: ScoringFixture;
beforeAll(async () => {
  scorer = await startFixture({ maxRequestBytes: 20_000 });
  const outside = join(scorer.root, '..', 'outside');
  mkdirSync(join(outside, 'below'), { recursive: true });
  symlinkSync(outside, join(scorer.root, 'link-out'));
  mkdirSync(join(scorer.root, 'no-model'));
});
afterAll(() => scorer.close());

const windows = randomWindows(2, 8, 1);

const ACTIVATION = scoringProto.StatisticKind.STATISTIC_KIND_ACTIVATION;
const statisticsHeader: scoringProto.StatisticsHeader = {
  model: modelRef('tiny'),
  cut: undefined,
  kinds: [ACTIVATION],
  recovery: undefined,
};

function statistics(
  value: Partial<scoringProto.StatisticsHeader>,
  chosen: readonly Uint32Array[] = windows,
): Promise<scoringProto.CollectStatisticsResponse[]> {
  function* requests(): Generator<scoringProto.CollectStatisticsRequest> {
    yield { part: { $case: 'header', value: { ...statisticsHeader, ...value } } };
    for (const chunk of packWindows(chosen)) yield { part: { $case: 'windows', value: chunk } };
  }
  return collect(callBidi((...rest) => scorer.client.collectStatistics(...rest), requests()));
}

const none = emptySet(units);
const noUnits = planProto.LayerUnits.fromPartial({});
const whole = packUnitSet(units, emptySet(units).fill(1));

type MaskPart = scoringProto.EvaluateMasksRequest['part'];
const headerPart: MaskPart = { $case: 'header', value: header() };
const windowPart: MaskPart = { $case: 'windows', value: { windows: [{ tokenIds: [1, 2, 3] }] } };
const maskPart: MaskPart = { $case: 'masks', value: { masks: [packUnitSet(units, none)] } };

const invalid = (reason: string, field: string): object => ({ code: 'INVALID_ARGUMENT', reason, field });

const expectMasks = (parts: MaskPart[], error: object): Promise<void> =>
  expect(
    collect(
      evaluateMasks(
        scorer,
        parts.map((part) => ({ part })),
      ),
    ),
  ).rejects.toMatchObject(error);

describe('a request stream', () => {
  it.each<[string, MaskPart[], string]>([
    ['is empty', [], 'header'],
    ['starts without a header', [windowPart, headerPart], 'header'],
    ['starts with nothing', [undefined], 'header'],
    ['has two headers', [headerPart, windowPart, headerPart], 'header'],
    ['has an empty message', [headerPart, undefined], 'part'],
    ['has no windows', [headerPart, maskPart], 'windows'],
    ['has no masks', [headerPart, windowPart], 'masks'],
    ['has windows after masks', [headerPart, windowPart, maskPart, windowPart], 'windows'],
  ])('that %s is refused', async (_, parts, field) => {
    await expectMasks(parts, invalid('REQUEST_INVALID', field));
  });

  it('that is larger than the service can hold is refused', async () => {
    const parts = new Array<MaskPart>(20).fill({ $case: 'windows', value: { windows: [] } }).map((): MaskPart => ({
      $case: 'windows',
      value: { windows: Array.from({ length: 30 }, () => ({ tokenIds: new Array<number>(16).fill(1) })) },
    }));
    await expectMasks([headerPart, ...parts], {
      code: 'RESOURCE_EXHAUSTED',
      reason: 'REQUEST_TOO_LARGE',
      field: 'windows[104].token_ids',
    });
  });
});

describe('a request of masks', () => {
  it('with more empty ones than the service can hold is refused', async () => {
    const masks = Array.from({ length: 100 }, () => ({ layers: units.shape.layers.map(() => noUnits) }));
    await expectMasks([headerPart, windowPart, { $case: 'masks', value: { masks } }], {
      code: 'RESOURCE_EXHAUSTED',
      reason: 'REQUEST_TOO_LARGE',
      field: expect.stringMatching(/^masks\[\d+\]$/),
    });
  });

  it.each([
    [planProto.Metric.METRIC_NLL, MAX_MASK_WINDOWS.nll],
    [planProto.Metric.METRIC_KL, MAX_MASK_WINDOWS.kl],
  ])('of metric %i with more windows than one answer holds is refused as they arrive', async (metric, most) => {
    const roomy = await startFixture();
    try {
      const many = new Array<Uint32Array>(most + 1).fill(Uint32Array.of(1, 2));
      await expect(
        collect(evaluateMasks(roomy, maskRequests({ ...header(), metric }, many, [none]))),
      ).rejects.toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        reason: 'REQUEST_TOO_LARGE',
        field: `windows[${most}]`,
      });
    } finally {
      await roomy.close();
    }
  });
});

describe('a header', () => {
  const expectHeader = (value: Partial<scoringProto.EvaluationHeader>, error: object): Promise<void> =>
    expectMasks([{ $case: 'header', value: { ...header(), ...value } }, windowPart, maskPart], error);

  it('without a model is refused', async () => {
    await expectHeader({ model: undefined }, invalid('REQUEST_INVALID', 'header.model'));
  });

  it('with an unknown metric or precision is refused', async () => {
    for (const metric of [planProto.Metric.UNRECOGNIZED, planProto.Metric.METRIC_USER])
      await expectHeader({ metric }, invalid('REQUEST_INVALID', 'header.metric'));
    const model = { ...modelRef('tiny'), precision: planProto.Precision.UNRECOGNIZED };
    await expectHeader({ model }, invalid('REQUEST_INVALID', 'header.model.precision'));
  });

  it('with a cut of the wrong size is refused', async () => {
    const cut = packUnitSet(units, none);
    cut.layers[1]!.ffnNeurons = Buffer.alloc(2);
    await expectHeader({ cut }, invalid('MASK_LENGTH', 'header.cut.layers[1].ffn_neurons'));
  });

  it('with a cut of everything is refused', async () => {
    await expectHeader({ cut: whole }, invalid('MASK_REMOVES_EVERYTHING', 'header.cut'));
  });

  it('with another revision of the model is refused', async () => {
    const model = { ...modelRef('tiny'), revision: 'f'.repeat(64) };
    const field = 'header.model.revision';
    await expectHeader({ model }, { code: 'FAILED_PRECONDITION', reason: 'MODEL_REVISION_MISMATCH', field });
  });

  it.each([
    ['', 'INVALID_ARGUMENT', 'REQUEST_INVALID'],
    ['tiny\0', 'INVALID_ARGUMENT', 'REQUEST_INVALID'],
    ['missing', 'NOT_FOUND', 'CHECKPOINT_NOT_FOUND'],
    ['no-model', 'NOT_FOUND', 'CHECKPOINT_NOT_FOUND'],
    ['..', 'PERMISSION_DENIED', 'MODEL_OUTSIDE_ROOT'],
    ['tiny/../../etc', 'PERMISSION_DENIED', 'MODEL_OUTSIDE_ROOT'],
    ['/etc', 'PERMISSION_DENIED', 'MODEL_OUTSIDE_ROOT'],
    ['link-out', 'PERMISSION_DENIED', 'MODEL_OUTSIDE_ROOT'],
    ['link-out/below', 'PERMISSION_DENIED', 'MODEL_OUTSIDE_ROOT'],
  ])('with the model path %j is refused with %s', async (path, code, reason) => {
    await expectHeader({ model: modelRef(path) }, { code, reason, field: 'header.model.path' });
  });

  it('may name a model through a link that stays below the root, and through dots', async () => {
    symlinkSync(join(scorer.root, 'tiny'), join(scorer.root, 'alias'));
    for (const path of ['alias', './tiny', 'other/../tiny/']) {
      expect(await collect(evaluate(scorer, header(path), windows))).toHaveLength(2);
    }
  });

  it('that names a damaged checkpoint is refused', async () => {
    mkdirSync(join(scorer.root, 'damaged'));
    writeFileSync(join(scorer.root, 'damaged', 'config.json'), '{');
    await expectHeader({ model: modelRef('damaged') }, { reason: 'CONFIG_INVALID' });
  });
});

describe('windows', () => {
  it.each([
    ['of no token', [], 'WINDOW_LENGTH', 'windows[1].token_ids'],
    ['of one token', [1], 'WINDOW_LENGTH', 'windows[1].token_ids'],
    [
      'beyond the context',
      new Array<number>(TINY.max_position_embeddings + 1).fill(1),
      'WINDOW_LENGTH',
      'windows[1].token_ids',
    ],
    ['with a token beyond the vocabulary', [0, 1, TINY.vocab_size], 'TOKEN_OUT_OF_RANGE', 'windows[1].token_ids[2]'],
  ])('%s are refused by every RPC that takes windows', async (_, tokenIds, reason, field) => {
    const bad = [windows[0]!, Uint32Array.from(tokenIds)];
    const error = invalid(reason, field);
    await expect(collect(evaluateMasks(scorer, maskRequests(header(), bad, [none])))).rejects.toMatchObject(error);
    await expect(collect(evaluate(scorer, header(), bad))).rejects.toMatchObject(error);
    await expect(statistics({}, bad)).rejects.toMatchObject(error);
  });

  it('must be there for an evaluation and for statistics', async () => {
    const error = invalid('REQUEST_INVALID', 'windows');
    await expect(collect(evaluate(scorer, header(), []))).rejects.toMatchObject(error);
    await expect(statistics({}, [])).rejects.toMatchObject(error);
  });
});

describe('masks', () => {
  const expectMask = (spoil: (mask: planProto.UnitSet) => unknown, error: object): Promise<void> => {
    const mask = packUnitSet(units, none);
    spoil(mask);
    return expectMasks([headerPart, windowPart, maskPart, { $case: 'masks', value: { masks: [mask] } }], error);
  };

  it('of the wrong size are refused by number, layer and kind', async () => {
    await expectMask((mask) => mask.layers.pop(), invalid('MASK_LENGTH', 'masks[1].layers'));
    await expectMask(
      (mask) => (mask.layers[0]!.kvGroups = Buffer.alloc(2)),
      invalid('MASK_LENGTH', 'masks[1].layers[0].kv_groups'),
    );
    await expectMask(
      (mask) => (mask.layers[1]!.ffnNeurons = Buffer.of(0, 0, 0x20)),
      invalid('MASK_LENGTH', 'masks[1].layers[1].ffn_neurons'),
    );
  });

  it('that leave nothing, alone or with the cut, are refused', async () => {
    await expectMask((mask) => (mask.layers = whole.layers), invalid('MASK_REMOVES_EVERYTHING', 'masks[1]'));
    const cut = Uint8Array.from(none, (_, id) => id % 2);
    const rest = Uint8Array.from(none, (_, id) => (id + 1) % 2);
    await expect(
      collect(evaluateMasks(scorer, maskRequests(header('tiny', cut), windows, [rest]))),
    ).rejects.toMatchObject(invalid('MASK_REMOVES_EVERYTHING', 'masks[0]'));
  });
});

describe('other requests', () => {
  it('GetModel needs a model', async () => {
    const call = (model: scoringProto.ModelRef | undefined): Promise<scoringProto.GetModelResponse> =>
      callUnary<scoringProto.GetModelResponse>((...rest) =>
        scorer.client.getModel(scoringProto.GetModelRequest.fromPartial({ model }), ...rest),
      );
    await expect(call(undefined)).rejects.toMatchObject(invalid('REQUEST_INVALID', 'model'));
    await expect(call(modelRef('../x'))).rejects.toMatchObject({ reason: 'MODEL_OUTSIDE_ROOT', field: 'model.path' });
  });

  it.each([
    [[], 'header.kinds'],
    [[ACTIVATION, scoringProto.StatisticKind.STATISTIC_KIND_UNSPECIFIED], 'header.kinds[1]'],
    [[scoringProto.StatisticKind.UNRECOGNIZED], 'header.kinds[0]'],
  ] satisfies [scoringProto.StatisticKind[], string][])(
    'CollectStatistics refuses the kinds %p',
    async (kinds, field) => {
      await expect(statistics({ kinds })).rejects.toMatchObject(invalid('REQUEST_INVALID', field));
    },
  );

  it('CollectStatistics refuses the models and cuts that an evaluation refuses', async () => {
    await expect(statistics({ model: undefined })).rejects.toMatchObject(invalid('REQUEST_INVALID', 'header.model'));
    for (const path of ['..', '/etc', 'link-out']) {
      const outside = { code: 'PERMISSION_DENIED', reason: 'MODEL_OUTSIDE_ROOT', field: 'header.model.path' };
      await expect(statistics({ model: modelRef(path) })).rejects.toMatchObject(outside);
    }
    const cut = packUnitSet(units, none);
    cut.layers[1]!.ffnNeurons = Buffer.alloc(2);
    const field = 'header.cut.layers[1].ffn_neurons';
    await expect(statistics({ cut })).rejects.toMatchObject(invalid('MASK_LENGTH', field));
    const everything = invalid('MASK_REMOVES_EVERYTHING', 'header.cut');
    await expect(statistics({ cut: whole })).rejects.toMatchObject(everything);
  });

  it('are logged with reason and field', () => {
    expect(scorer.log).toContainEqual(
      expect.objectContaining({
        level: 'info',
        event: 'call',
        fields: expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'REQUEST_INVALID', field: 'header.kinds' }),
      }),
    );
    expect(scorer.log.filter((line) => line.level === 'error')).toEqual([]);
  });
});
