import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { emptySet } from '@bonsai/pruning';
import { callUnary, packUnitSet, scoringProto } from '@bonsai/rpc';
import { FakeModel } from '../testing/fake-model.ts';
import { collect, evaluate, header, modelRef, randomWindows, startFixture, units } from '../testing/scoring-fixture.ts';
import type { ScoringFixture } from '../testing/scoring-fixture.ts';
import { TINY } from '../testing/tiny-model.ts';

function measure(
  { client }: ScoringFixture,
  changes: Partial<scoringProto.MeasureLatencyRequest>,
): Promise<scoringProto.MeasureLatencyResponse> {
  const asked = { model: modelRef('tiny'), cut: undefined, windowLength: 8, passes: 3 };
  return callUnary((...rest) => client.measureLatency({ ...asked, ...changes }, ...rest));
}

describe('MeasureLatency', () => {
  let scorer: ScoringFixture;
  beforeAll(async () => {
    scorer = await startFixture();
  });
  afterAll(() => scorer.close());

  it('times every pass of a cut model, and leaves nothing of them on the device', async () => {
    const cut = emptySet(units).fill(1, 0, 2);
    await collect(evaluate(scorer, header('tiny', cut), randomWindows(1, 8, 1)));
    const { used } = scorer.server.device.memory;
    const { seconds } = await measure(scorer, { cut: packUnitSet(units, cut) });
    expect(seconds).toHaveLength(3);
    for (const time of seconds) expect(time).toBeGreaterThan(0);
    expect(scorer.server.device.memory.used).toBe(used);
    expect(scorer.loads).toHaveLength(1);
  });

  it('runs one pass that does not count before those that do', async () => {
    const model = new FakeModel(1);
    const fresh = await startFixture({ loadModel: () => Promise.resolve(model) });
    const { seconds } = await measure(fresh, { passes: 5 }).finally(() => fresh.close());
    expect({ steps: model.steps, times: seconds.length }).toEqual({ steps: 6, times: 5 });
  });

  const whole = packUnitSet(units, emptySet(units).fill(1));
  it.each<[string, Partial<scoringProto.MeasureLatencyRequest>]>([
    ['model', { model: undefined }],
    ['cut', { cut: whole }],
    ['window_length', { windowLength: 1 }],
    ['window_length', { windowLength: TINY.max_position_embeddings + 1 }],
    ['passes', { passes: 0 }],
    ['passes', { passes: 1001 }],
  ])('names %s where it is at fault', async (field, changes) => {
    await expect(measure(scorer, changes)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field });
  });
});
