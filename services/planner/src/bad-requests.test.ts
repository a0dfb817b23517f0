import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_MASK_WINDOWS, callClientStream, planProto, plannerProto, recoveryProto, scoringProto } from '@bonsai/rpc';
import { PlannerFixture } from './testing/planner-fixture.ts';

const modelRef = (path: string): scoringProto.ModelRef => scoringProto.ModelRef.fromPartial({ path });

describe('requests that cannot be served', () => {
  const fixture = new PlannerFixture();
  beforeAll(() => fixture.start());
  afterAll(() => fixture.stop());

  const settings: [Partial<planProto.PlanSettings>, string, string][] = [
    [{ sparsity: 0 }, 'SPARSITY_OUT_OF_RANGE', 'spec.settings.sparsity'],
    [{ sparsity: 1 }, 'SPARSITY_OUT_OF_RANGE', 'spec.settings.sparsity'],
    [{ sparsity: Number.NaN }, 'SPARSITY_OUT_OF_RANGE', 'spec.settings.sparsity'],
    [{ sparsity: 0.999 }, 'SPARSITY_UNREACHABLE', 'spec.settings.sparsity'],
    [{ rounds: 900 }, 'SETTING_INVALID', 'spec.settings.rounds'],
    [{ masksPerRound: 1 }, 'SETTING_INVALID', 'spec.settings.masks_per_round'],
    [{ windowsPerMask: 7 }, 'SETTING_INVALID', 'spec.settings.windows_per_mask'],
    [{ poolFactor: 0.5 }, 'SETTING_INVALID', 'spec.settings.pool_factor'],
    [{ poolFactor: Number.NaN }, 'SETTING_INVALID', 'spec.settings.pool_factor'],
    [{ method: planProto.Method.UNRECOGNIZED }, 'SETTING_INVALID', 'spec.settings.method'],
    [{ prior: planProto.Prior.UNRECOGNIZED }, 'SETTING_INVALID', 'spec.settings.prior'],
    [{ metric: planProto.Metric.UNRECOGNIZED }, 'SETTING_INVALID', 'spec.settings.metric'],
    [
      { metric: planProto.Metric.METRIC_KL, method: planProto.Method.METHOD_PAPER },
      'SETTING_INVALID',
      'spec.settings.method',
    ],
    [
      { metric: planProto.Metric.METRIC_KL, userMetric: { name: 'own', version: '', digest: '' } },
      'SETTING_INVALID',
      'spec.settings.metric',
    ],
    [{ precision: planProto.Precision.UNRECOGNIZED }, 'SETTING_INVALID', 'spec.settings.precision'],
    [{ layout: planProto.Layout.UNRECOGNIZED }, 'SETTING_INVALID', 'spec.settings.layout'],
    [{ recoveryMethod: recoveryProto.RecoveryMethod.UNRECOGNIZED }, 'SETTING_INVALID', 'spec.settings.recovery_method'],
    [{ sparsity: 0, targetLatency: 5000 }, 'SETTING_INVALID', 'spec.settings.resource_costs'],
    [
      { sparsity: 0, targetLatency: 5000, resourceCosts: { kvGroup: 1, queryHead: 0, ffnNeuron: 0, other: 0 } },
      'SETTING_INVALID',
      'spec.settings.resource_costs.ffn_neuron',
    ],
    [{ sparsity: 0, targetFlops: 3500, targetLatency: 5000 }, 'SETTING_INVALID', 'spec.settings.target_latency'],
  ];
  it.each(settings)('settings %j: %s of %s', async (changes, reason, field) => {
    const spec = await fixture.spec(changes);
    await expect(fixture.create(spec)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason, field });
  });

  it.each([
    [planProto.Metric.METRIC_NLL, MAX_MASK_WINDOWS.nll],
    [planProto.Metric.METRIC_KL, MAX_MASK_WINDOWS.kl],
  ])('settings of metric %i with more than %i windows per mask, which no scorer takes', async (metric, most) => {
    const spec = await fixture.spec({ metric, windowsPerMask: most + 1 });
    await expect(fixture.create(spec)).rejects.toMatchObject({
      ...{ code: 'INVALID_ARGUMENT', reason: 'SETTING_INVALID', field: 'spec.settings.windows_per_mask' },
      message: expect.stringContaining(`at most ${most}`),
    });
  });

  const specs: [(spec: plannerProto.JobSpec) => plannerProto.JobSpec, string, string][] = [
    [(spec) => ({ ...spec, settings: undefined }), 'REQUEST_INVALID', 'spec.settings'],
    [(spec) => ({ ...spec, model: undefined }), 'REQUEST_INVALID', 'spec.model'],
    [(spec) => ({ ...spec, calibration: 'calibrations/x' }), 'REQUEST_INVALID', 'spec.calibration'],
    [
      (spec) => ({ ...spec, calibration: `calibrations/${'0'.repeat(64)}` }),
      'CALIBRATION_NOT_FOUND',
      'spec.calibration',
    ],
    [(spec) => ({ ...spec, model: modelRef('') }), 'REQUEST_INVALID', 'spec.model.path'],
    [(spec) => ({ ...spec, model: modelRef('other') }), 'CHECKPOINT_NOT_FOUND', 'spec.model.path'],
  ];
  it.each(specs)('spec %#', async (change, reason, field) => {
    const spec = change(await fixture.spec());
    await expect(fixture.create(spec)).rejects.toMatchObject({ reason, field });
  });

  it('contradicting precisions', async () => {
    const spec = await fixture.spec({ precision: planProto.Precision.PRECISION_F16 });
    const model = { path: 'synthetic', revision: '', precision: planProto.Precision.PRECISION_F32 };
    await expect(fixture.create({ ...spec, model })).rejects.toMatchObject({ field: 'spec.settings.precision' });
  });

  it('a window without a target as soon as it comes', async () => {
    const more = new Array<readonly number[]>(1e6).fill([1, 2]);
    let sent = 0;
    function* requests(): Generator<plannerProto.UploadCalibrationRequest> {
      for (const tokenIds of [[1, 2], [], ...more]) {
        sent++;
        yield { windows: [{ tokenIds: [...tokenIds] }] };
      }
    }
    const call = callClientStream<plannerProto.UploadCalibrationRequest, plannerProto.UploadCalibrationResponse>(
      (...rest) => fixture.client.uploadCalibration(...rest),
      requests(),
    );
    await expect(call).rejects.toMatchObject({ reason: 'WINDOW_LENGTH', field: 'windows[1]' });
    expect(sent).toBeLessThan(more.length);
  });

  it('a calibration of more tokens than the planner takes', async () => {
    const small = new PlannerFixture();
    await small.start({ maxCalibrationTokens: 7 });
    expect(
      await small.upload([
        [1, 2, 3],
        [4, 5, 6, 7],
      ]),
    ).toMatchObject({ windowCount: 2, tokenCount: 7 });
    await expect(
      small.upload([
        [1, 2, 3],
        [4, 5],
        [6, 7, 8],
        [9, 10],
      ]),
    ).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'REQUEST_TOO_LARGE',
      field: 'windows[2].token_ids',
    });
    await small.stop();
  });

  it.each([
    ['no windows', [], 'TEXT_EMPTY'],
    ['a window without a target', [[1, 2], [3]], 'WINDOW_LENGTH'],
  ])('calibration with %s', async (_, windows, reason) => {
    await expect(fixture.upload(windows)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason });
  });

  it.each([
    [
      'a token beyond the vocabulary',
      [
        [1, 2],
        [1, 64],
      ],
      'TOKEN_OUT_OF_RANGE',
      'windows[1].token_ids[1]',
    ],
    [
      'a window longer than the context',
      [Array.from({ length: 33 }, () => 1)],
      'WINDOW_LENGTH',
      'windows[0].token_ids',
    ],
  ])('calibration with %s', async (_, windows, reason, field) => {
    const { name } = await fixture.upload(windows);
    const spec = { ...(await fixture.spec()), calibration: name };
    await expect(fixture.create(spec)).rejects.toMatchObject({
      ...{ code: 'INVALID_ARGUMENT', reason },
      field: `spec.calibration.${field}`,
    });
  });

  it.each(['jobs/', 'jobs/UPPER', 'other/x', ''])('the job name "%s"', async (name) => {
    await expect(fixture.get(name)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field: 'name' });
  });

  it('a job id that cannot be a name', async () => {
    await expect(fixture.create(await fixture.spec(), 'no spaces')).rejects.toMatchObject({ field: 'job_id' });
  });

  it('a job that does not exist', async () => {
    const missing = { code: 'NOT_FOUND', reason: 'JOB_NOT_FOUND' };
    await expect(fixture.get('jobs/none')).rejects.toMatchObject(missing);
    await expect(fixture.cancel('jobs/none')).rejects.toMatchObject(missing);
    await expect(fixture.resume('jobs/none')).rejects.toMatchObject(missing);
    await expect(fixture.delete('jobs/none')).rejects.toMatchObject(missing);
    await expect(fixture.plan('jobs/none')).rejects.toMatchObject(missing);
    await expect(fixture.finished('jobs/none')).rejects.toMatchObject(missing);
  });

  it('what a job in its state cannot do', async () => {
    const spec = await fixture.spec({ method: planProto.Method.METHOD_RANDOM });
    await fixture.create(spec, 'done');
    await fixture.finished('jobs/done');
    const wrongState = { code: 'FAILED_PRECONDITION', reason: 'JOB_STATE' };
    await expect(fixture.cancel('jobs/done')).rejects.toMatchObject(wrongState);
    await expect(fixture.resume('jobs/done')).rejects.toMatchObject(wrongState);
  });
});
