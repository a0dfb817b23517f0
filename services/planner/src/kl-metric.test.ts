import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planProto } from '@bonsai/rpc';
import { PlannerFixture } from './testing/planner-fixture.ts';

const { Metric } = planProto;

describe('a job of metric KL', () => {
  const fixture = new PlannerFixture();
  beforeAll(() => fixture.start());
  afterAll(() => fixture.stop());

  async function run(metric: planProto.Metric, job: string): Promise<planProto.Plan> {
    await fixture.create(await fixture.spec({ metric }), job);
    expect((await fixture.finished(`jobs/${job}`)).error).toBeUndefined();
    return fixture.plan(`jobs/${job}`);
  }

  it('minimises the divergence, and still tells the perplexity', async () => {
    const byNll = await run(Metric.METRIC_NLL, 'nll');
    const byKl = await run(Metric.METRIC_KL, 'kl');
    expect(byKl.settings?.metric).toBe(Metric.METRIC_KL);
    expect(byKl.digest).not.toBe(byNll.digest);
    // The whole model does not diverge from itself.
    expect(byKl.rounds[0]?.baseNll).toBe(0);
    expect(byNll.rounds[0]?.baseNll).toBeGreaterThan(2);
    const { progress } = await fixture.finished('jobs/kl');
    expect(progress?.currentPerplexity).toBeGreaterThan(Math.exp(2));
  });

  it('evaluates nothing again that a job of the same metric has stored', async () => {
    const evaluated = fixture.scorer.masksEvaluated;
    expect((await run(Metric.METRIC_KL, 'again')).digest).toBe((await fixture.plan('jobs/kl')).digest);
    expect(fixture.scorer.masksEvaluated).toBe(evaluated);
  });
});
