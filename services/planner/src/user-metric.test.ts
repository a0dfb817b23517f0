import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { planProto, plannerProto } from '@bonsai/rpc';
import { loadMetricModule } from './metric/module-metric.ts';
import type { UserMetric } from './metric/user-metric.ts';
import { planDocument } from './plan/plan-document.ts';
import { ForeignMetricService } from './testing/foreign-metric-service.ts';
import { PlannerFixture } from './testing/planner-fixture.ts';

const { JobState } = plannerProto;
const { Ingredient, Metric, Method } = planProto;

async function specOf(
  fixture: PlannerFixture,
  metricService = '',
  settings: Partial<planProto.PlanSettings> = {},
): Promise<plannerProto.JobSpec> {
  return { ...(await fixture.spec({ metric: Metric.METRIC_USER, ...settings })), metricService };
}

describe('a metric service of the user', () => {
  let fixture: PlannerFixture;
  let service: ForeignMetricService;

  beforeEach(async () => {
    fixture = new PlannerFixture();
    service = new ForeignMetricService(`unix:${fixture.folder}/metric.sock`);
    await service.start();
    await fixture.start({ metricMilliseconds: 1000 });
  });

  afterEach(async () => {
    service.die();
    await fixture.stop();
  });

  async function run(job: string): Promise<plannerProto.Job> {
    await fixture.create(await specOf(fixture, service.address), job);
    return fixture.finished(`jobs/${job}`);
  }

  it('is told windows and base of every mask, decides the plan and is named in it', async () => {
    const done = await run('job');
    expect(done.error).toBeUndefined();
    const plan = await fixture.plan('jobs/job');
    expect(plan.settings).toMatchObject({ metric: Metric.METRIC_USER, userMetric: service.description });
    // The worst rise of the whole model itself is none.
    expect(plan.rounds[0]?.baseNll).toBe(0);
    expect(plan.rounds[1]?.baseNll).toBeGreaterThan(0);
    expect(done.progress?.currentPerplexity).toBeGreaterThan(Math.exp(2));

    const [first] = service.requests;
    expect(first?.model_revision).toBe(plan.model?.revision);
    expect(first?.calibration_digest).toBe(plan.calibrationDigest);
    expect(first?.masks[0]?.windows).toEqual(first?.base);
    for (const { masks, base } of service.requests) {
      expect(base).toHaveLength(2);
      const indices = base.map(({ window_index }) => window_index);
      for (const { windows } of masks) expect(windows.map(({ window_index }) => window_index)).toEqual(indices);
    }
  });

  it('costs what the plan counts, and the whole model once on each selection of windows', async () => {
    const { progress } = await run('job');
    const { rounds, settings } = await fixture.plan('jobs/job');
    const selections = new Set(service.requests.map(({ base }) => base.map(({ window_index }) => window_index).join()));
    expect(service.requests.length).toBeGreaterThan(selections.size);
    const counted = rounds.reduce((sum, round) => sum + round.forwardTokens, 0);
    // The method itself asks for the whole model on the first selection; the result is measured on one more.
    expect(progress?.forwardTokens).toBe(counted + 4 * (settings?.windowsPerMask ?? 0) * selections.size);
    expect(progress?.masksDone).toBe(fixture.scorer.masksEvaluated + (progress?.evaluationsReused ?? 0));
  });

  it('is not asked again when the job is resumed or made once more, and the plan is the same', async () => {
    const { answer } = service;
    service.answer = (request) => (service.masksScored < 8 ? answer(request) : Promise.reject(new Error('full')));
    const failed = await run('job');
    expect(failed).toMatchObject({ state: JobState.JOB_STATE_FAILED, error: { reason: 'METRIC_INVALID' } });
    expect(failed.error?.message).toContain('full');
    const before = service.masksScored;
    service.answer = answer;
    await fixture.resume('jobs/job');
    expect((await fixture.finished('jobs/job')).error).toBeUndefined();
    const afterwards = service.masksScored;
    expect(before).toBeGreaterThan(0);
    const document = planDocument(await fixture.plan('jobs/job'));

    expect((await run('again')).error).toBeUndefined();
    expect(service.masksScored).toBe(afterwards);
    expect(planDocument(await fixture.plan('jobs/again'))).toBe(document);

    const undisturbed = new PlannerFixture();
    await undisturbed.start();
    await undisturbed.create(await specOf(undisturbed, service.address), 'job');
    await undisturbed.finished('jobs/job');
    expect(planDocument(await undisturbed.plan('jobs/job'))).toBe(document);
    expect(service.masksScored).toBe(2 * afterwards);
    await undisturbed.stop();
  });

  it('that answers nonsense fails the job', async () => {
    service.answer = async ({ masks }) => masks.map((_, i) => (i === 3 ? NaN : 1));
    const failed = await run('job');
    expect(failed).toMatchObject({ state: JobState.JOB_STATE_FAILED, error: { reason: 'METRIC_INVALID' } });
    expect(failed.error?.message).toMatch(/mask 3 .*NaN/);
  });

  it('may call single masks worse than everything', async () => {
    service.answer = async ({ masks }) => masks.map((_, i) => (i === 3 ? Infinity : 1 + i));
    expect((await run('job')).error).toBeUndefined();
  });

  it('that dies is waited for, and when it comes back the job goes on', async () => {
    let died = false;
    const { answer } = service;
    service.answer = async (request) => {
      if (died) return answer(request);
      died = true;
      service.die();
      await service.start();
      throw new Error('this call is dead');
    };
    expect((await run('job')).error).toBeUndefined();
    expect(died).toBe(true);
  });

  it.each<[string, (service: ForeignMetricService) => void]>([
    ['stays away', (it) => it.die()],
    ['does not answer', () => undefined],
  ])('that %s fails the job, which can be resumed', async (_, breakIt) => {
    const { answer } = service;
    service.answer = () => {
      breakIt(service);
      return new Promise(() => undefined);
    };
    const failed = await run('job');
    expect(failed).toMatchObject({ state: JobState.JOB_STATE_FAILED, error: { reason: 'METRIC_UNAVAILABLE' } });
    service.die();
    service.answer = answer;
    await service.start();
    await fixture.resume('jobs/job');
    expect((await fixture.finished('jobs/job')).error).toBeUndefined();
  });

  it('that became another one does not go on with the job', async () => {
    service.answer = () => Promise.reject(new Error('no'));
    await run('job');
    service.description = { ...service.description, digest: 'abd' };
    await fixture.resume('jobs/job');
    const failed = await fixture.finished('jobs/job');
    expect(failed.error).toMatchObject({ reason: 'METRIC_CHANGED' });
    expect(failed.error?.message).toContain('"abd"');
  });

  it('is refused where it does not fit the request', async () => {
    const spec = await specOf(fixture, service.address);
    const { userMetric, ...settings } = spec.settings!;
    expect(userMetric).toBeUndefined();
    const cases: [plannerProto.JobSpec, string][] = [
      [await specOf(fixture), 'METRIC_UNAVAILABLE'],
      [await specOf(fixture, `unix:${fixture.folder}/nobody.sock`), 'METRIC_UNAVAILABLE'],
      [await specOf(fixture, service.address, { method: Method.METHOD_PAPER }), 'SETTING_INVALID'],
      [await specOf(fixture, service.address, { without: [Ingredient.INGREDIENT_LOG_LOSS] }), 'SETTING_INVALID'],
      [await specOf(fixture, service.address, { metric: Metric.METRIC_NLL }), 'SETTING_INVALID'],
      [
        { ...spec, settings: { ...settings, userMetric: { name: 'other', version: '', digest: '' } } },
        'METRIC_CHANGED',
      ],
    ];
    for (const [wrong, reason] of cases) await expect(fixture.create(wrong)).rejects.toMatchObject({ reason });
    service.description = { name: '', version: '', digest: '' };
    await expect(fixture.create(spec)).rejects.toMatchObject({ reason: 'METRIC_INVALID' });
  });
});

describe('a metric module of the user', () => {
  let fixture: PlannerFixture;

  beforeEach(() => {
    fixture = new PlannerFixture();
  });

  afterEach(() => fixture.stop());

  function metricOf(source: string): Promise<UserMetric> {
    const file = path.join(fixture.folder, 'metric.mjs');
    writeFileSync(file, source);
    return loadMetricModule(file);
  }

  it('that restates the NLL on another scale gives the plan that the NLL gives', async () => {
    const ownMetric = await metricOf(`
      const mean = (windows) => {
        const sum = (pick) => windows.reduce((total, window) => total + pick(window), 0);
        return sum(({ nllSum }) => nllSum) / sum(({ tokenCount }) => tokenCount);
      };
      export const name = 'millinats';
      export const loss = (windows, base) => 1024 * (mean(windows) - mean(base));`);
    await fixture.start({ ownMetric });
    await fixture.create(await specOf(fixture), 'own');
    expect((await fixture.finished('jobs/own')).error).toBeUndefined();
    await fixture.create(await fixture.spec(), 'nll');
    await fixture.finished('jobs/nll');
    const own = await fixture.plan('jobs/own');
    expect(own.settings?.userMetric).toMatchObject({
      name: 'millinats',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(own.layers).toEqual((await fixture.plan('jobs/nll')).layers);
  });

  it.each([
    ['export const lost = () => 1;', /no function named "loss"/],
    ['export const loss = ;', /does not load/],
  ])('is refused when it is %s', async (source, message) => {
    await expect(metricOf(source)).rejects.toMatchObject({
      reason: 'METRIC_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('that throws fails the job', async () => {
    await fixture.start({ ownMetric: await metricOf(`export const loss = () => { throw new Error('oops'); };`) });
    await fixture.create(await specOf(fixture), 'job');
    const failed = await fixture.finished('jobs/job');
    expect(failed.error).toMatchObject({ reason: 'METRIC_INVALID' });
    expect(failed.error?.message).toContain('oops');
  });
});
