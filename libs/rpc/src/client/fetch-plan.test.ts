import { afterEach, describe, expect, it } from '@jest/globals';
import { BonsaiError } from '@bonsai/support';
import { packPlan } from '../convert/plan-parts.ts';
import { Plan } from '../gen/bonsai/v1/plan.ts';
import { GetPlanResponse, PlannerServiceClient, PlannerServiceService } from '../gen/bonsai/v1/planner.ts';
import { serverStreamHandler } from '../server/handlers.ts';
import { startServer } from '../server/start-server.ts';
import { connect } from './channel.ts';
import { fetchPlan } from './fetch-plan.ts';

const MESSAGE_LIMIT = 4 * 2 ** 20;

/** Keeps every second unit of layers with the given numbers of neurons and 8 groups of 4 query heads. */
function halvedPlan(neuronCounts: readonly number[]): Plan {
  const even = (count: number): number[] => Array.from({ length: count / 2 }, (_, i) => 2 * i);
  const importance = (count: number): number[] => Array.from({ length: count }, (_, i) => i / 7);
  const heads = even(8).flatMap((group) => [0, 1, 2, 3].map((head) => 4 * group + head));
  return Plan.fromPartial({
    schemaVersion: 1,
    digest: 'd'.repeat(64),
    model: { family: 'llama', shape: { layers: neuronCounts.map((ffnNeurons) => ({ kvGroups: 8, ffnNeurons })) } },
    layers: neuronCounts.map((count) => ({
      keptKvGroups: even(8),
      keptQueryHeads: heads,
      keptFfnNeurons: even(count),
    })),
    evidence: neuronCounts.map((count) => ({
      kvGroupImportance: importance(8),
      ffnNeuronImportance: importance(count),
    })),
    rounds: [{ round: 0, masks: 4, baseNll: 2.5 }],
  });
}

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A client of a real server that answers GetPlan so. */
async function clientOf(respond: () => Iterable<GetPlanResponse>): Promise<PlannerServiceClient> {
  const environment = { now: Date.now, callEnded: () => undefined };
  const getPlan = serverStreamHandler(environment, function* () {
    yield* respond();
  });
  const binding = { name: 'bonsai.v1.PlannerService', definition: PlannerServiceService, implementation: { getPlan } };
  const server = await startServer('127.0.0.1:0', [binding]);
  cleanUps.push(() => server.stop(1000));
  const client = connect(PlannerServiceClient, server.address);
  cleanUps.push(() => client.close());
  return client;
}

describe('a plan over a socket', () => {
  it('arrives whole with two million units, half of them in one layer', async () => {
    const plan = halvedPlan([...Array<number>(24).fill(40_000), 1_040_000]);
    const client = await clientOf(() => packPlan(plan));
    const received = Plan.encode(await fetchPlan(client, 'jobs/large')).finish();
    expect(received.length).toBeGreaterThan(4 * MESSAGE_LIMIT);
    expect(Buffer.compare(received, Plan.encode(plan).finish())).toBe(0);
  });

  it('takes few messages, each far below the limit of a message', () => {
    const lengths = [...packPlan(halvedPlan([...Array<number>(32).fill(14_336), 600_000]))].map(
      (message) => GetPlanResponse.encode(message).finish().length,
    );
    expect(Math.max(...lengths)).toBeLessThan(MESSAGE_LIMIT / 4);
    expect(lengths.length).toBeLessThan(50);
  });

  it('keeps layers that have no units left', async () => {
    const plan = halvedPlan([6, 2, 4]);
    plan.layers[1] = { keptKvGroups: [], keptQueryHeads: [], keptFfnNeurons: [] };
    expect(await fetchPlan(await clientOf(() => packPlan(plan)), 'jobs/hollow')).toEqual(plan);
  });

  it.each([
    ['without its end', (messages: GetPlanResponse[]) => messages.slice(0, -1)],
    ['without a part of a layer', (messages: GetPlanResponse[]) => messages.toSpliced(1, 1)],
    ['without its head', (messages: GetPlanResponse[]) => messages.slice(1)],
    ['with two heads', (messages: GetPlanResponse[]) => [...messages.slice(0, 1), ...messages]],
    [
      'with layers backwards',
      (messages: GetPlanResponse[]) => [...messages.slice(0, 1), ...messages.slice(1).reverse()],
    ],
    ['without anything', () => []],
  ])('is refused %s', async (_, spoil) => {
    const messages = [...packPlan(halvedPlan([100_000, 100_000]))];
    expect(messages.length).toBeGreaterThan(3);
    const client = await clientOf(() => spoil(messages));
    await expect(fetchPlan(client, 'jobs/torn')).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('is refused as the planner refuses the job', async () => {
    const refusal = { code: 'NOT_FOUND', reason: 'JOB_NOT_FOUND', field: 'job' } as const;
    const client = await clientOf(() => {
      throw new BonsaiError('There is no such job.', refusal);
    });
    await expect(fetchPlan(client, 'jobs/none')).rejects.toMatchObject(refusal);
  });
});
