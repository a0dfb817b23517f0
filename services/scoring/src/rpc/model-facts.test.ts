import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '@bonsai/checkpoint';
import { loadModel } from '@bonsai/model';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { emptySet, withQueryHeads } from '@bonsai/pruning';
import type { UnitKind, UnitSet } from '@bonsai/pruning';
import {
  callBidi,
  callUnary,
  packUnitSet,
  packWindows,
  planProto,
  scoringProto,
  unpackLayerStatistics,
  unpackModelShape,
} from '@bonsai/rpc';
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
import { TINY } from '../testing/tiny-model.ts';

const { STATISTIC_KIND_ACTIVATION, STATISTIC_KIND_OBS } = scoringProto.StatisticKind;

let scorer: ScoringFixture;
beforeAll(async () => {
  scorer = await startFixture();
});
afterAll(() => scorer.close());

function statistics(cut: UnitSet, windows: Uint32Array[], kinds: scoringProto.StatisticKind[]) {
  function* requests(): Generator<scoringProto.CollectStatisticsRequest> {
    yield {
      part: {
        $case: 'header',
        value: { model: modelRef('tiny'), cut: packUnitSet(units, cut), kinds, recovery: undefined },
      },
    };
    for (const value of packWindows(windows)) yield { part: { $case: 'windows', value } };
  }
  return collect(callBidi((...rest) => scorer.client.collectStatistics(...rest), requests()));
}

const getModel = (model: scoringProto.ModelRef): Promise<scoringProto.GetModelResponse> =>
  callUnary<scoringProto.GetModelResponse>((...rest) =>
    scorer.client.getModel(scoringProto.GetModelRequest.fromPartial({ model }), ...rest),
  );

const getServerInfo = (): Promise<scoringProto.GetServerInfoResponse> =>
  callUnary<scoringProto.GetServerInfoResponse>((...rest) => scorer.client.getServerInfo({}, ...rest));

describe('CollectStatistics', () => {
  it.each([
    ['activations only', [STATISTIC_KIND_ACTIVATION]],
    ['activations and OBS', [STATISTIC_KIND_ACTIVATION, STATISTIC_KIND_OBS]],
  ])('streams the statistics of the model itself, layer by layer, with %s (seed 4)', async (_, kinds) => {
    const windows = randomWindows(4, 16, 4);
    const cut = randomMasks(1, 0.2, 4)[0]!;
    const responses = await statistics(cut, windows, kinds);

    const checkpoint = await openCheckpoint(`${scorer.root}/tiny`);
    const model = await loadModel(createReferenceBackend(), checkpoint, cut);
    const names = kinds.map((kind) => (kind === STATISTIC_KIND_OBS ? 'obs' : 'activation'));
    const expected = await collect(model.collectStatistics(windows, names));
    model.release();
    await checkpoint.close();
    expect(responses.map(({ layer }) => layer)).toEqual([0, 1]);
    expect(responses.map((response) => unpackLayerStatistics(response, units.shape))).toEqual(expected);
  });
});

describe('GetModel', () => {
  it('tells family, revision and shape without loading anything', async () => {
    const response = await getModel(modelRef('tiny'));
    expect(response).toMatchObject({
      family: 'llama',
      shape: { vocabSize: TINY.vocab_size, contextLength: TINY.max_position_embeddings },
    });
    const costOf = (kind: UnitKind): number => units.module(0, kind).unitCost;
    const unitCosts = { kvGroup: costOf('kvGroup'), queryHead: costOf('queryHead'), ffnNeuron: costOf('ffnNeuron') };
    expect(withQueryHeads(unpackModelShape(response.shape, 'shape'))).toEqual({ ...units.shape, unitCosts });
    expect(response.revision).toMatch(/^[0-9a-f]{64}$/);
    expect((await getModel({ ...modelRef('tiny'), revision: response.revision })).revision).toBe(response.revision);
    expect((await getModel(modelRef('other'))).revision).not.toBe(response.revision);
  });

  it('tells what its weights are on the device: as stored, or as the request or the server says', async () => {
    const { PRECISION_F32, PRECISION_F16, PRECISION_BF16 } = planProto.Precision;
    expect((await getModel(modelRef('tiny'))).precision).toBe(PRECISION_F32);
    expect((await getModel({ ...modelRef('tiny'), precision: PRECISION_F16 })).precision).toBe(PRECISION_F16);
    const brief = await startFixture({ precision: 'bf16' });
    const model = scoringProto.GetModelRequest.fromPartial({ model: modelRef('tiny') });
    const response = callUnary<scoringProto.GetModelResponse>((...rest) => brief.client.getModel(model, ...rest));
    expect((await response.finally(() => brief.close())).precision).toBe(PRECISION_BF16);
  });
});

describe('GetModel of an export', () => {
  it('refuses a format that it does not know', async () => {
    const request = scoringProto.GetModelRequest.fromPartial({
      model: modelRef('tiny'),
      exportFormat: planProto.ExportFormat.UNRECOGNIZED,
    });
    const call = callUnary<scoringProto.GetModelResponse>((...rest) => scorer.client.getModel(request, ...rest));
    await expect(call).rejects.toMatchObject({ reason: 'REQUEST_INVALID', field: 'export_format' });
  });
});

describe('PlanMemory', () => {
  const request = (
    changes: Partial<scoringProto.PlanMemoryRequest>,
    { client } = scorer,
  ): Promise<scoringProto.PlanMemoryResponse> => {
    const plan = { model: modelRef('tiny'), windowLengths: [4, 4], maskCount: 3 };
    const message = scoringProto.PlanMemoryRequest.fromPartial({ ...plan, ...changes });
    return callUnary((...rest) => client.planMemory(message, ...rest));
  };

  it('bounds what the request takes when it runs', async () => {
    const fresh = await startFixture();
    const windows = randomWindows(2, 4, 1);
    await collect(evaluateMasks(fresh, maskRequests(header('tiny'), windows, randomMasks(3, 0.3, 1))));
    const { weightBytes, activationBytes, workspaceBytes } = await request({});
    const { peak } = fresh.server.device.memory;
    await fresh.close();
    const ratio = (weightBytes + activationBytes + workspaceBytes) / peak;
    expect(ratio).toBeGreaterThanOrEqual(1);
    expect(ratio).toBeLessThan(1.15);
  });

  it('of divergences bounds what the whole model and a cut one take, one after the other', async () => {
    const fresh = await startFixture({ cacheBytes: 1 });
    const windows = randomWindows(2, 4, 1);
    const metric = planProto.Metric.METRIC_KL;
    const [cut] = randomMasks(1, 0.3, 1);
    await collect(evaluate(fresh, { ...header('tiny', cut), metric }, windows));
    const plan = await request({ metric, cut: packUnitSet(units, cut!), maskCount: 1 });
    const { peak } = fresh.server.device.memory;
    await fresh.close();
    const ratio = (plan.weightBytes + plan.activationBytes + plan.workspaceBytes) / peak;
    expect(ratio).toBeGreaterThanOrEqual(1);
    expect(ratio).toBeLessThan(1.15);
  });

  it.each([
    ['window_lengths', { windowLengths: new Array<number>(200).fill(2) }],
    ['held_out_window_lengths', { heldOutWindowLengths: new Array<number>(200).fill(2) }],
  ])('refuses more %s than one request holds', async (field, changes) => {
    const narrow = await startFixture({ maxRequestBytes: 20_000 });
    await expect(request(changes, narrow).finally(() => narrow.close())).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'REQUEST_TOO_LARGE',
      field: expect.stringMatching(new RegExp(`^${field}\\[14\\d\\]$`)),
    });
  });

  it.each([
    ['metric', { metric: planProto.Metric.METRIC_USER }],
    ['model', { model: undefined }],
    ['window_lengths', { windowLengths: [] }],
    ['window_lengths[1]', { windowLengths: [4, 1] }],
    ['held_out_window_lengths[0]', { heldOutWindowLengths: [1] }],
  ])('names %s where it is at fault', async (field, changes) => {
    await expect(request(changes)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field });
  });
});

describe('GetServerInfo', () => {
  it('describes the adapter and the models on it', async () => {
    const { revision } = await getModel(modelRef('tiny'));
    await collect(evaluate(scorer, header('tiny', emptySet(units)), randomWindows(1, 4, 1)));
    const info = await getServerInfo();
    expect(info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(info.hostThreads).toBeGreaterThan(0);
    expect(info.adapter).toMatchObject({
      description: 'naive loops',
      features: ['float64'],
      limits: { maxBufferSize: 2 ** 30, maxImmediateSize: 64 },
    });
    expect(info.loadedModels).toContainEqual(expect.objectContaining({ path: 'tiny', revision, precision: 1 }));
    const weightBytes = info.loadedModels.reduce((sum, model) => sum + model.weightBytes, 0);
    expect(info.gpuMemoryUsedBytes).toBeGreaterThanOrEqual(weightBytes);
    expect(info.gpuMemoryPeakBytes).toBeGreaterThan(info.gpuMemoryUsedBytes);
    expect(info.gpuMemoryReservedBytes).toBe(info.gpuMemoryUsedBytes);
  });
});
