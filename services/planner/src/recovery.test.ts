import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callServerStream, planProto, plannerProto, recoveryProto, scoringProto } from '@bonsai/rpc';
import { planDocument, readPlanDocument } from './plan/plan-document.ts';
import { planRecovery } from './plan/plan-recovery.ts';
import { PlannerFixture } from './testing/planner-fixture.ts';

const { JobState } = plannerProto;
const LEAST_SQUARES = { recoveryMethod: recoveryProto.RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES };
const AT_END = { ...LEAST_SQUARES, recoverySchedule: recoveryProto.RecoverySchedule.RECOVERY_SCHEDULE_AT_END };
const NONE = { recoveryMethod: recoveryProto.RecoveryMethod.RECOVERY_METHOD_NONE };

describe('a job with recovery', () => {
  let fixture: PlannerFixture;

  beforeEach(async () => {
    fixture = new PlannerFixture();
    await fixture.start();
  });

  afterEach(() => fixture.stop());

  async function planOf(id: string, settings: Partial<planProto.PlanSettings>): Promise<planProto.Plan> {
    await fixture.create(await fixture.spec(settings), id);
    const { state, error } = await fixture.finished(`jobs/${id}`);
    expect({ state, error }).toEqual({ state: JobState.JOB_STATE_SUCCEEDED, error: undefined });
    return fixture.plan(`jobs/${id}`);
  }

  async function weightsOf(id: string): Promise<Buffer> {
    const request = { job: `jobs/${id}` };
    const pieces: Buffer[] = [];
    const call = callServerStream<plannerProto.GetPlanWeightsResponse>((...rest) =>
      fixture.client.getPlanWeights(request, ...rest),
    );
    for await (const { data } of call) pieces.push(data);
    return Buffer.concat(pieces);
  }

  it('says in its plan what was recovered, on which windows, and which weights came of it', async () => {
    const plan = await planOf('job', LEAST_SQUARES);
    const { recovery } = plan;
    expect(fixture.scorer.recoveries).toBe(3);
    expect(recovery?.trials.map(({ accepted }) => accepted)).toContain(true);
    // The scorer of these tests refuses some, and all together are no better to it.
    expect(recovery?.trials.map(({ accepted }) => accepted)).toContain(false);
    expect(recovery?.together).toMatchObject({ lossOfAll: recovery?.together?.lossOfAccepted, accepted: false });
    expect([...(recovery?.windows ?? []), ...(recovery?.heldOutWindows ?? [])].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    const weights = await weightsOf('job');
    expect(createHash('sha256').update(weights).digest('hex')).toBe(recovery?.weightsDigest);
    const { PRIOR_BEST, PRIOR_OBS, PRIOR_ENERGY } = planProto.Prior;
    expect(plan.settings?.prior).toBe(PRIOR_BEST);
    expect(plan.priorRace?.trials.map(({ prior }) => prior)).toEqual([PRIOR_OBS, PRIOR_ENERGY]);
    expect(plan.priorRace?.trials.every(({ loss }) => loss > 0)).toBe(true);
    expect(readPlanDocument(planDocument(plan))).toEqual(plan);
  });

  it('counts as progress what the plan counts, and the windows of the result', async () => {
    const prior = planProto.Prior.PRIOR_ENERGY;
    const created = await fixture.create(await fixture.spec({ ...LEAST_SQUARES, prior }), 'job');
    const { progress } = await fixture.finished('jobs/job');
    const { rounds, recovery, settings } = await fixture.plan('jobs/job');
    const counted = [...rounds, recovery].reduce((sum, part) => sum + (part?.forwardTokens ?? 0), 0);
    expect(recovery?.forwardTokens).toBeGreaterThan(0);
    expect(progress?.forwardTokens).toBe(counted + 4 * (settings?.windowsPerMask ?? 0));
    expect(progress?.forwardTokens).toBeLessThanOrEqual(created.progress?.forwardTokensTotal ?? 0);
    expect(progress?.masksDone).toBeLessThanOrEqual(created.progress?.masksTotal ?? 0);
  });

  it('has scorers make the weights from what the plan says', async () => {
    const plan = await planOf('job', LEAST_SQUARES);
    const calibration = Array.from({ length: 6 }, (_, i) => Uint32Array.of(1, 2 + i, 3 + 2 * i, 40 - i));
    const source = planRecovery(plan, calibration);
    const asked = scoringProto.EvaluationHeader.encode(
      scoringProto.EvaluationHeader.fromPartial({
        model: { path: 'synthetic', revision: plan.model?.revision ?? '', precision: plan.settings?.precision ?? 0 },
        metric: 1,
        recovery: {
          method: recoveryProto.RecoveryMethod.RECOVERY_METHOD_LEAST_SQUARES,
          ridge: source?.ridge ?? 0,
          modules: plan.recovery?.trials.flatMap(({ accepted, module }) => (accepted ? [module!] : [])) ?? [],
        },
        signsOfLife: true,
      }),
    ).finish();
    // The scorer of these tests sends back what it was asked with; the cut comes between.
    expect((await weightsOf('job')).includes(Buffer.from(asked).subarray(-10))).toBe(true);
    const together = { lossOfAccepted: 2, lossOfAll: 1, accepted: true };
    const all = planRecovery({ ...plan, recovery: { ...plan.recovery!, together } }, calibration);
    expect(all?.modules).toHaveLength(plan.recovery?.trials.length ?? -1);
    expect(source?.modules.length).toBeLessThan(plan.recovery?.trials.length ?? -1);
    expect(source?.windows).toHaveLength(plan.recovery?.windows.length ?? -1);
    expect(() => planRecovery(plan, calibration.slice(0, 1))).toThrow(
      expect.objectContaining({ reason: 'PLAN_INVALID', field: 'plan.recovery.windows' }),
    );
  });

  it('recovers once where it is told to at the end, and never where it is not', async () => {
    const atEnd = await planOf('at-end', AT_END);
    expect(fixture.scorer.recoveries).toBe(1);
    const none = await planOf('none', NONE);
    expect(fixture.scorer.recoveries).toBe(1);
    expect(none.recovery).toBeUndefined();
    expect(none.layers).toEqual(atEnd.layers);
    expect(planDocument(none)).toBe(planDocument(await planOf('unspecified', {})));
    const refused = expect.objectContaining({ reason: 'JOB_STATE' });
    await expect(weightsOf('none')).rejects.toEqual(refused);
  });

  it('gives each recovery a plan of its own', async () => {
    const digests = [await planOf('a', LEAST_SQUARES), await planOf('b', NONE)].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(2);
    const plan = await planOf('a', LEAST_SQUARES);
    const forged = { ...plan, recovery: { ...plan.recovery!, weightsDigest: '0'.repeat(64) } };
    expect(() => readPlanDocument(planDocument(forged))).toThrow(expect.objectContaining({ reason: 'PLAN_INVALID' }));
  });

  it('resumes without recovering again what was recovered', async () => {
    const before = await planOf('first', LEAST_SQUARES);
    const { recoveries, weightsSent } = fixture.scorer;
    const again = await planOf('second', LEAST_SQUARES);
    expect(planDocument(again)).toBe(planDocument(before));
    expect(fixture.scorer).toMatchObject({ recoveries, weightsSent });
  });

  it('makes weights again that were lost with their file, and leaves no parts behind', async () => {
    const before = await planOf('first', LEAST_SQUARES);
    const folder = `${fixture.storePath}-weights`;
    expect(readdirSync(folder)).toEqual([`${before.recovery?.weightsDigest}.safetensors`]);
    rmSync(folder, { recursive: true });
    await expect(weightsOf('first')).rejects.toMatchObject({ reason: 'STORE_FAILED' });
    expect((await planOf('second', LEAST_SQUARES)).recovery).toEqual(before.recovery);
    expect(readdirSync(folder)).toEqual([`${before.recovery?.weightsDigest}.safetensors`]);
  });

  it('is deleted with its weights, but not with those that the plan of another job names', async () => {
    const { recovery } = await planOf('first', LEAST_SQUARES);
    expect((await planOf('second', LEAST_SQUARES)).recovery).toEqual(recovery);
    const weights = await weightsOf('first');
    const { recoveries } = fixture.scorer;
    const folder = `${fixture.storePath}-weights`;
    await fixture.delete('jobs/first');
    expect(await weightsOf('second')).toEqual(weights);
    await fixture.delete('jobs/second');
    expect(readdirSync(folder)).toEqual([]);
    expect((await planOf('third', LEAST_SQUARES)).recovery).toEqual(recovery);
    expect(fixture.scorer.recoveries).toBe(recoveries);
    expect(await weightsOf('third')).toEqual(weights);
  });

  it('can be resumed although it has succeeded when its weights were lost', async () => {
    const before = await planOf('job', LEAST_SQUARES);
    const weights = await weightsOf('job');
    const refused = { reason: 'JOB_STATE' };
    await expect(fixture.resume('jobs/job')).rejects.toMatchObject(refused);
    rmSync(`${fixture.storePath}-weights`, { recursive: true });
    await expect(weightsOf('job')).rejects.toThrow('resume the job');
    expect((await fixture.resume('jobs/job')).state).toBe(JobState.JOB_STATE_RUNNING);
    expect((await fixture.finished('jobs/job')).error).toBeUndefined();
    expect(await weightsOf('job')).toEqual(weights);
    expect(await fixture.plan('jobs/job')).toEqual(before);
    await expect(fixture.resume('jobs/job')).rejects.toMatchObject(refused);
  });
});
