import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { planProto, plannerProto, recoveryProto } from '@bonsai/rpc';
import { planDocument } from './plan/plan-document.ts';
import { PlannerFixture } from './testing/planner-fixture.ts';

const { JobState } = plannerProto;
const { PrunedUnit } = planProto;

describe('a job over a socket', () => {
  let fixture: PlannerFixture;

  beforeEach(async () => {
    fixture = new PlannerFixture();
    await fixture.start();
  });

  afterEach(() => fixture.stop());

  it('runs to a plan of the asked sparsity', async () => {
    const created = await fixture.create(await fixture.spec(), 'first');
    expect(created).toMatchObject({ name: 'jobs/first', state: JobState.JOB_STATE_RUNNING });
    const done = await fixture.finished(created.name);
    expect(done.error).toBeUndefined();
    expect(done.state).toBe(JobState.JOB_STATE_SUCCEEDED);
    const plan = await fixture.plan(created.name);
    expect(plan.budget?.sparsity).toBeCloseTo(0.4, 1);
    expect(plan.layers).toHaveLength(2);
    expect(plan.rounds).toHaveLength(3);
    expect(plan.settings).toMatchObject({
      method: planProto.Method.METHOD_BONSAI,
      prior: planProto.Prior.PRIOR_ENERGY,
      precision: planProto.Precision.PRECISION_BF16,
      poolFactor: 3,
    });
  });

  it('leaves protected layers whole, and takes the whole budget from the others', async () => {
    const units = [PrunedUnit.PRUNED_UNIT_FFN_NEURON, PrunedUnit.PRUNED_UNIT_KV_GROUP, PrunedUnit.PRUNED_UNIT_BLOCK];
    const created = await fixture.create(await fixture.spec({ protectedLayers: [1], units, sparsity: 0.3 }));
    expect((await fixture.finished(created.name)).error).toBeUndefined();
    const { model, layers, budget, settings } = await fixture.plan(created.name);
    const shape = model?.shape?.layers[1];
    expect(layers[1]?.keptKvGroups).toHaveLength(shape?.kvGroups ?? -1);
    expect(layers[1]?.keptFfnNeurons).toHaveLength(shape?.ffnNeurons ?? -1);
    expect(budget?.sparsity).toBeCloseTo(0.3, 1);
    expect(settings?.protectedLayers).toEqual([1]);
    expect(settings?.units).toEqual(units);
  });

  it('takes query heads without their group where they are named, equally many of every group', async () => {
    const units = [
      PrunedUnit.PRUNED_UNIT_FFN_NEURON,
      PrunedUnit.PRUNED_UNIT_KV_GROUP,
      PrunedUnit.PRUNED_UNIT_QUERY_HEAD,
    ];
    // With all groups there, all neurons are a third of the model.
    const wanted = { units, sparsity: 0.35, minKvGroups: 2, method: planProto.Method.METHOD_PRIOR_ONLY };
    const created = await fixture.create(await fixture.spec(wanted));
    expect((await fixture.finished(created.name)).error).toBeUndefined();
    const { layers, evidence, budget, settings, rounds } = await fixture.plan(created.name);
    const perGroup = layers.map(({ keptKvGroups, keptQueryHeads }) => keptQueryHeads.length / keptKvGroups.length);
    expect(perGroup).toContain(1);
    for (const heads of perGroup) expect([1, 2]).toContain(heads);
    expect(layers.map(({ keptKvGroups }) => keptKvGroups.length)).toEqual([2, 2]);
    expect(evidence.map(({ queryHeadImportance }) => queryHeadImportance.length)).toEqual([4, 4]);
    expect(budget?.keptQueryHeads).toBe(layers.reduce((sum, { keptQueryHeads }) => sum + keptQueryHeads.length, 0));
    expect(rounds.reduce((sum, { removedQueryHeads }) => sum + removedQueryHeads, 0)).toBe(
      8 - (budget?.keptQueryHeads ?? 0),
    );
    expect(settings?.units).toEqual(units);
  });

  it('keeps widths constrained, and says in the plan how', async () => {
    const constraints = { layout: planProto.Layout.LAYOUT_UNIFORM, ffnAlignment: 2, minKvGroups: 1, minFfnNeurons: 2 };
    const created = await fixture.create(await fixture.spec({ ...constraints, rounds: 1 }));
    expect((await fixture.finished(created.name)).error).toBeUndefined();
    const { layers, settings } = await fixture.plan(created.name);
    expect(new Set(layers.map(({ keptKvGroups }) => keptKvGroups.length)).size).toBe(1);
    expect(new Set(layers.map(({ keptFfnNeurons }) => keptFfnNeurons.length)).size).toBe(1);
    expect(layers[0]!.keptFfnNeurons.length % 2).toBe(0);
    expect(settings).toMatchObject(constraints);
  });

  it('takes fewer rounds than by default where widths allow no more and none were asked for', async () => {
    const steps = { layout: planProto.Layout.LAYOUT_UNIFORM, ffnAlignment: 4, rounds: 0 };
    const created = await fixture.create(await fixture.spec(steps));
    const { rounds } = created.spec!.settings!;
    expect(rounds).toBeLessThan(10);
    expect((await fixture.finished(created.name)).error).toBeUndefined();
    expect((await fixture.plan(created.name)).rounds).toHaveLength(rounds);
    const oneMore = await fixture.spec({ ...steps, rounds: rounds + 1 });
    await expect(fixture.create(oneMore)).rejects.toMatchObject({ field: 'spec.settings.rounds' });
  });

  it('keeps to a limit on what is left, which the plan says what it counted', async () => {
    const gguf = { targetFormat: planProto.ExportFormat.EXPORT_FORMAT_GGUF_F16 };
    const measured = {
      resourceCosts: { kvGroup: 4000, queryHead: 0, ffnNeuron: 700, other: 20_000 },
      latencyRuntime: 'a stopwatch',
    };
    const limits = [
      { targetParameters: 1500 },
      { targetFlops: 3500 },
      { targetBytes: 4000, ...gguf },
      { targetLatency: 35_000, targetContextLength: 128, ...measured },
    ];
    for (const limit of limits) {
      const created = await fixture.create(await fixture.spec({ ...limit, sparsity: 0, rounds: 2 }));
      expect((await fixture.finished(created.name)).error).toBeUndefined();
      const { budget, settings, rounds } = await fixture.plan(created.name);
      const { resourceUse = 0, removedParameters = 0 } = budget ?? {};
      const atMost = Number(Object.values(limit)[0]);
      expect(resourceUse).toBeLessThanOrEqual(atMost);
      expect(resourceUse).toBeGreaterThan(atMost - (settings?.resourceCosts?.ffnNeuron ?? 0));
      expect(settings).toMatchObject({ ...limit, sparsity: 0 });
      expect(rounds.reduce((sum, round) => sum + round.removedParameters, 0)).toBe(removedParameters);
    }
  });

  it('refuses a limit in bytes that only uniform layers can keep, where they are not asked for', async () => {
    const targetFormat = planProto.ExportFormat.EXPORT_FORMAT_GGUF_F32;
    const spec = await fixture.spec({ targetBytes: 4000, targetFormat, sparsity: 0, rounds: 1 });
    await expect(fixture.create(spec)).rejects.toMatchObject({
      reason: 'SETTING_INVALID',
      field: 'spec.settings.layout',
    });
    const uniform = await fixture.spec({ ...spec.settings, layout: planProto.Layout.LAYOUT_UNIFORM });
    const { name } = await fixture.create(uniform);
    expect((await fixture.finished(name)).error).toBeUndefined();
    expect((await fixture.plan(name)).budget?.resourceUse).toBeLessThanOrEqual(4000);
  });

  it('shows progress, evidence and the perplexity of the result', async () => {
    const created = await fixture.create(await fixture.spec());
    const { progress } = await fixture.finished(created.name);
    expect(progress).toMatchObject({ roundsDone: 3, roundsTotal: 3, etaSeconds: 0 });
    expect(progress?.forwardTokens).toBe(progress?.forwardTokensTotal);
    expect(progress?.masksDone).toBe(created.progress?.masksTotal);
    // So few units that some masks come up twice; those are not evaluated again.
    expect(progress?.masksDone).toBe(fixture.scorer.masksEvaluated + (progress?.evaluationsReused ?? 0));
    expect(progress?.currentPerplexity).toBeGreaterThan(Math.exp(2));
    expect(progress?.rounds[0]?.looR2).toEqual(expect.any(Number));
    expect(progress?.rounds[0]?.kendallTau).toEqual(expect.any(Number));
  });

  it('tells the fits of masks to who asks for the job or its plan, and leaves them out of lists and ticks', async () => {
    const { name } = await fixture.create(await fixture.spec());
    const fitsOf = (rounds: readonly planProto.RoundEvidence[] = []): number[] =>
      rounds.map(({ maskFits }) => maskFits.length);
    const watched = (await fixture.finished(name)).progress;
    expect(watched?.rounds).toHaveLength(3);
    const plan = await fixture.plan(name);
    expect(Math.min(...fitsOf(plan.rounds))).toBeGreaterThan(0);
    expect((await fixture.get(name)).progress?.rounds).toEqual(plan.rounds);
    const [listed] = (await fixture.list({ pageSize: 1, pageToken: '' })).jobs;
    expect(listed?.progress).toEqual(watched);
    expect(fitsOf(watched?.rounds)).toEqual([0, 0, 0]);
  });

  it('makes byte-identical plans from equal specs under different ids, and evaluates nothing twice', async () => {
    const spec = await fixture.spec();
    await fixture.create(spec, 'one');
    await fixture.finished('jobs/one');
    const { masksEvaluated } = fixture.scorer;
    await fixture.create(spec, 'two');
    const second = await fixture.finished('jobs/two');
    expect(fixture.scorer.masksEvaluated).toBe(masksEvaluated);
    expect(second.progress?.evaluationsReused).toBeGreaterThanOrEqual(masksEvaluated);
    expect(planDocument(await fixture.plan('jobs/two'))).toBe(planDocument(await fixture.plan('jobs/one')));
  });

  it('returns the same job for the same request, and refuses another spec under its id', async () => {
    const spec = await fixture.spec();
    const first = await fixture.create(spec, 'mine');
    const again = await fixture.create(spec, 'mine');
    expect(again).toMatchObject({ name: first.name, createTime: first.createTime });
    await expect(fixture.create(await fixture.spec({ seed: 2 }), 'mine')).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'JOB_ID_TAKEN',
      field: 'job_id',
    });
  });

  it('watches from now to the end', async () => {
    const created = await fixture.create(await fixture.spec());
    const states: plannerProto.Job[] = [];
    for await (const job of fixture.watch(created.name)) states.push(job);
    expect(states.length).toBeGreaterThan(1);
    expect(states.at(-1)?.state).toBe(JobState.JOB_STATE_SUCCEEDED);
    const masks = states.map((job) => job.progress?.masksDone ?? 0);
    expect(masks).toEqual([...masks].sort((a, b) => a - b));
  });

  it('is deleted once it has ended, with its plan but not what it measured', async () => {
    const spec = await fixture.spec();
    const { name } = await fixture.create(spec, 'job');
    await fixture.finished(name);
    const document = planDocument(await fixture.plan(name));
    const { masksEvaluated } = fixture.scorer;
    expect(await fixture.delete(name)).toEqual({});
    const missing = { code: 'NOT_FOUND', reason: 'JOB_NOT_FOUND' };
    await expect(fixture.get(name)).rejects.toMatchObject(missing);
    await expect(fixture.plan(name)).rejects.toMatchObject(missing);
    await expect(fixture.delete(name)).rejects.toMatchObject(missing);
    expect((await fixture.list({ pageSize: 0, pageToken: '' })).jobs).toEqual([]);
    await fixture.create(spec, 'job');
    expect((await fixture.finished(name)).error).toBeUndefined();
    expect(fixture.scorer.masksEvaluated).toBe(masksEvaluated);
    expect(planDocument(await fixture.plan(name))).toBe(document);
  });

  it('says what it does while the counts stand still', async () => {
    let watching = (): void => undefined;
    const watched = new Promise<void>((resolve) => (watching = resolve));
    fixture.scorer.beforeStatistics = () => watched;
    const { name } = await fixture.create(await fixture.spec());
    const activities: (string | undefined)[] = [];
    for await (const { progress } of fixture.watch(name)) {
      watching();
      activities.push(progress?.activity);
    }
    expect(activities).toContain('statistics of layer 1 of 2');
    expect(activities.at(-1)).toBe('');
  });

  it('lists newest first, page by page, undisturbed by new jobs', async () => {
    const spec = await fixture.spec({ rounds: 1, method: planProto.Method.METHOD_RANDOM });
    for (const id of ['a', 'b', 'c']) await fixture.create(spec, id);
    const first = await fixture.list({ pageSize: 2, pageToken: '' });
    expect(first.jobs.map((job) => job.name)).toEqual(['jobs/c', 'jobs/b']);
    await fixture.create(spec, 'd');
    const second = await fixture.list({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second.jobs.map((job) => job.name)).toEqual(['jobs/a']);
    expect(second.nextPageToken).toBe('');
    await expect(fixture.list({ pageSize: 2, pageToken: 'guess' })).rejects.toMatchObject({ field: 'page_token' });
  });

  it('estimates the work without storing a job', async () => {
    const estimate = await fixture.estimate(await fixture.spec());
    // 3 rounds of 12 masks and the unmasked model on 2 windows; statistics on 6 windows; 4 tokens each.
    expect(estimate).toMatchObject({ kvGroups: 4, ffnNeurons: 16, rounds: 3, forwardTokens: (3 * 13 * 2 + 3 * 6) * 4 });
    expect(estimate.prunableParameters).toBe(4 * 192 + 16 * 24);
    // 12 masks on 2 windows of 4 tokens are the largest request.
    expect(estimate).toMatchObject({ gpuWeightBytes: 1000, gpuActivationBytes: 96, gpuWorkspaceBytes: 0 });
    expect(estimate.gpuMemoryBytes).toBe(1096);
    expect((await fixture.list({ pageSize: 0, pageToken: '' })).jobs).toEqual([]);
  });

  it('estimates the memory of a recovery too', async () => {
    const recoveryMethod = recoveryProto.RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES;
    const estimate = await fixture.estimate(await fixture.spec({ recoveryMethod }));
    // 5 windows of 4 tokens are fitted on, one is held out.
    expect(estimate.gpuActivationBytes).toBe(20);
    expect(estimate.gpuWorkspaceBytes).toBe(10_000 * recoveryMethod + 4);
  });

  it('is not made where its recovery would not fit', async () => {
    fixture.scorer.mostWorkspaceBytes = 1000;
    const recoveryMethod = recoveryProto.RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES;
    const created = fixture.create(await fixture.spec({ recoveryMethod }), 'large');
    await expect(created).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'DEVICE_OUT_OF_MEMORY' });
    await expect(fixture.get('jobs/large')).rejects.toMatchObject({ reason: 'JOB_NOT_FOUND' });
    expect((await fixture.finished((await fixture.create(await fixture.spec())).name)).error).toBeUndefined();
  });

  it("adds the host's algebra, on all threads of the scorer", async () => {
    const settings = { recoveryMethod: recoveryProto.RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES };
    const { hostCoreSeconds, seconds } = await fixture.estimate(await fixture.spec(settings));
    expect(hostCoreSeconds).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(hostCoreSeconds / 4);
    expect((await fixture.estimate(await fixture.spec())).hostCoreSeconds).toBe(0);
  });
});
