import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callUnary } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { FakeModel } from '../testing/fake-model.ts';
import {
  collect,
  evaluateMasks,
  header,
  maskRequests,
  randomMasks,
  randomWindows,
  startFixture,
} from '../testing/scoring-fixture.ts';
import type { ScoringFixture } from '../testing/scoring-fixture.ts';

const masks = randomMasks(50, 0.3, 1);
const requests = (): Iterable<scoringProto.EvaluateMasksRequest> =>
  maskRequests(header(), randomWindows(1, 8, 1), masks);

let scorer: ScoringFixture;
let model: FakeModel;
/** The third mask of every call waits until its signal aborts, as a long piece of GPU work would. */
let stopped: Promise<void>;

beforeEach(async () => {
  let stop = (): void => undefined;
  stopped = new Promise((resolve) => (stop = resolve));
  let stuck = true;
  model = new FakeModel(1, async ({ steps }, signal) => {
    if (steps !== 2 || signal === undefined || !stuck) return;
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    stuck = false;
    stop();
  });
  scorer = await startFixture({ loadModel: () => Promise.resolve(model) });
});
afterEach(() => scorer.close());

const logged = async (reason: string): Promise<void> => {
  while (!scorer.log.some((line) => line.fields?.['reason'] === reason)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('work on the device', () => {
  it('stops when the client cancels in the middle of the results, and the next call is served', async () => {
    const controller = new AbortController();
    const call = evaluateMasks(scorer, requests(), { signal: controller.signal });
    await call.next();
    await call.next();
    controller.abort();
    await expect(call.next()).rejects.toMatchObject({ code: 'CANCELLED', reason: 'CANCELLED' });
    await stopped;
    await logged('CANCELLED');
    expect(model.steps).toBe(2);
    expect(await collect(evaluateMasks(scorer, requests()))).toHaveLength(masks.length);
  });

  it('stops when the client leaves', async () => {
    for await (const { maskIndex } of evaluateMasks(scorer, requests())) if (maskIndex === 1) break;
    await stopped;
    expect(model.steps).toBe(2);
  });

  it('stops at the deadline in the middle of the results', async () => {
    const call = evaluateMasks(scorer, requests(), { deadline: new Date(Date.now() + 2000) });
    const received: number[] = [];
    const read = async (): Promise<void> => {
      for await (const { maskIndex } of call) received.push(maskIndex);
    };
    await expect(read()).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
    expect(received).toEqual([0, 1]);
    await stopped;
    expect(model.steps).toBe(2);
  });

  it('is not started for a request that gives up while it waits for its turn', async () => {
    const first = evaluateMasks(scorer, requests());
    await first.next();
    const second = evaluateMasks(scorer, requests(), { deadline: new Date(Date.now() + 300) });
    await expect(second.next()).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
    expect(model.steps).toBe(2);
    await first.return();
    await stopped;
  });

  it('does not keep other calls from being answered', async () => {
    const call = evaluateMasks(scorer, requests());
    await call.next();
    const info = await callUnary<scoringProto.GetServerInfoResponse>((...rest) =>
      scorer.client.getServerInfo({}, ...rest),
    );
    expect(info.loadedModels).toHaveLength(1);
    await call.return();
    await stopped;
  });
});
