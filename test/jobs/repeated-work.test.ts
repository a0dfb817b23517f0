import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { plannerProto } from '@bonsai/rpc';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { demoModels, startScorerProcess } from '../rpc/scorer-process.ts';
import type { ScorerProcess } from '../rpc/scorer-process.ts';
import { JobsClient } from './jobs-client.ts';
import { PlannerProcess } from './planner-process.ts';
import { ScorerRelay } from './scorer-relay.ts';

/** In the midst of the job's masks, and of a call that asks for several of them. */
const ANSWERS_BEFORE_THE_KILL = 16;

const { JOB_STATE_SUCCEEDED } = plannerProto.JobState;

const temporary = useTemporaryDirectory('test');

describe('work that was paid for is not asked for again', () => {
  let scorer: ScorerProcess;
  let relay: ScorerRelay;
  let planner: PlannerProcess;
  let client: JobsClient;

  const socket = (name: string): string => `unix:${temporary.path(name)}`;

  async function startScorer(): Promise<void> {
    scorer = startScorerProcess(['--models-root', demoModels, '--listen', socket('scorer')]);
    await scorer.ready;
  }

  async function startPlanner(): Promise<void> {
    planner = await PlannerProcess.start(socket('planner'), temporary.path('store.sqlite'), [
      '--scorers',
      socket('relay'),
    ]);
    client = await JobsClient.connect(planner.address);
  }

  async function killScorer(): Promise<void> {
    scorer.child.kill('SIGKILL');
    await scorer.ended;
  }

  beforeEach(async () => {
    await startScorer();
    relay = await ScorerRelay.start(socket('relay'), socket('scorer'));
    await startPlanner();
  });

  afterEach(async () => {
    client.close();
    await planner.stop();
    relay.stop();
    await killScorer();
  });

  /** Runs a job, disturbed when it has so many answers; its plan, and what was asked for after that. */
  async function disturbed(disturb: () => Promise<void>): Promise<{ plan: string; askedLater: string[] }> {
    const cut = relay.cutAfter(ANSWERS_BEFORE_THE_KILL);
    await client.create('job');
    await cut;
    expect(relay.asked.length).toBeGreaterThan(ANSWERS_BEFORE_THE_KILL);
    const askedBefore = relay.asked.length;
    await disturb();
    const job = await client.finished('jobs/job');
    expect(job).toMatchObject({ state: JOB_STATE_SUCCEEDED, error: undefined });
    return { plan: await client.planDocument('jobs/job'), askedLater: relay.asked.slice(askedBefore) };
  }

  /** What the same job asks for when nothing happens to it: its plan and its masks. */
  async function undisturbed(): Promise<{ plan: string; masks: readonly string[] }> {
    const quiet = await ScorerRelay.start(socket('quiet-relay'), socket('scorer'));
    const other = await PlannerProcess.start(socket('other-planner'), temporary.path('other.sqlite'), [
      '--scorers',
      socket('quiet-relay'),
    ]);
    const otherClient = await JobsClient.connect(other.address);
    await otherClient.create('job');
    await otherClient.finished('jobs/job');
    const plan = await otherClient.planDocument('jobs/job');
    otherClient.close();
    await other.stop();
    quiet.stop();
    return { plan, masks: quiet.answered };
  }

  function expectNothingRepeated(askedLater: readonly string[], masks: readonly string[]): void {
    const before = masks.slice(0, ANSWERS_BEFORE_THE_KILL);
    expect(relay.answered.slice(0, ANSWERS_BEFORE_THE_KILL)).toEqual(before);
    // More than once where a scorer could not be reached yet; but nothing else, and no answer was given twice.
    expect([...new Set(askedLater)]).toEqual(masks.slice(ANSWERS_BEFORE_THE_KILL));
    expect(relay.answered).toEqual(masks);
    expect(new Set(masks).size).toBe(masks.length);
  }

  it('after the planner was killed in the middle of a call', async () => {
    const { plan, askedLater } = await disturbed(async () => {
      await client.until('jobs/job', (job) => (job.progress?.masksDone ?? 0) >= ANSWERS_BEFORE_THE_KILL);
      await planner.kill();
      client.close();
      relay.breakOff();
      await startPlanner();
      await client.resume('jobs/job');
    });
    const quiet = await undisturbed();
    expectNothingRepeated(askedLater, quiet.masks);
    expect(plan).toBe(quiet.plan);
  }, 180_000);

  it('after the scorer was killed in the middle of a call', async () => {
    const { plan, askedLater } = await disturbed(async () => {
      await killScorer();
      await startScorer();
      // The planner sees the end of its call only now, so that it asks the new scorer, once.
      relay.breakOff();
    });
    const quiet = await undisturbed();
    expectNothingRepeated(askedLater, quiet.masks);
    expect(plan).toBe(quiet.plan);
  }, 180_000);
});
