import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPlannerServer } from '@bonsai/planner';
import type { PlannerServer } from '@bonsai/planner';
import { PlannerServiceClient, connect, fetchPlan } from '@bonsai/rpc';
import { openGpu, startScoringServer } from '@bonsai/scoring';
import type { ScoringServer } from '@bonsai/scoring';
import { status } from '@grpc/grpc-js';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { at, reflectedClient, reflectedServices } from './dynamic-client.ts';
import type { DynamicClient } from './dynamic-client.ts';
import { demoModels } from './scorer-process.ts';

const PLANNER = 'bonsai.v1.PlannerService';

interface KeptUnits {
  readonly kept_kv_groups: readonly number[];
  readonly kept_query_heads: readonly number[];
  readonly kept_ffn_neurons: readonly number[];
}

interface PlanPart {
  readonly part: 'plan' | 'layers';
  readonly layers: { readonly parts: readonly { readonly layer: number; readonly kept: KeptUnits }[] };
}

/** What the parts of a plan say that every layer keeps: of each list the concatenation over the parts of a layer. */
function keptIn(parts: readonly PlanPart[], layerCount: number): KeptUnits[] {
  const ofLayers = parts.filter(({ part }) => part === 'layers').flatMap(({ layers }) => layers.parts);
  return Array.from({ length: layerCount }, (_, i) => {
    const kept = ofLayers.filter(({ layer }) => layer === i).map((part) => part.kept);
    return {
      kept_kv_groups: kept.flatMap((list) => list.kept_kv_groups),
      kept_query_heads: kept.flatMap((list) => list.kept_query_heads),
      kept_ffn_neurons: kept.flatMap((list) => list.kept_ffn_neurons),
    };
  });
}

/** Token windows of the text that the bundled model's reference was made on. */
function demoWindows(): number[][] {
  const reference = JSON.parse(readFileSync(join(demoModels, 'sotu-3M', 'reference.json'), 'utf8')) as {
    windows: number[][];
  };
  return reference.windows.slice(0, 2).map((window) => window.slice(0, 24));
}

const temporary = useTemporaryDirectory();

describe('a client of the planner without any .proto file', () => {
  let server: PlannerServer;
  let scorer: ScoringServer;
  const clients: DynamicClient[] = [];

  async function clientOf(service: string): Promise<DynamicClient> {
    const client = await reflectedClient(server.address, service);
    clients.push(client);
    return client;
  }

  beforeAll(async () => {
    scorer = await startScoringServer({
      address: `unix:${temporary.path('scorer.sock')}`,
      modelsRoot: demoModels,
      openDevice: () => openGpu({ memoryBudget: undefined, matrixUnits: true, matrixUnitsRefused: () => undefined }),
      log: () => undefined,
      now: Date.now,
    });
    server = await startPlannerServer({
      address: '127.0.0.1:0',
      storePath: temporary.path('planner.sqlite'),
      scorers: scorer.address,
      now: Date.now,
    });
  });

  afterAll(async () => {
    for (const client of clients) client.close();
    await server.close();
    await scorer.stop(1_000);
  });

  it('lists the services by reflection', async () => {
    const services = await reflectedServices(server.address);
    expect(services).toEqual(expect.arrayContaining([PLANNER, 'grpc.health.v1.Health']));
  });

  it('calls the planner from its reflected description, and reads its errors', async () => {
    const planner = await clientOf(PLANNER);
    expect(await planner.unary('ListJobs', {})).toMatchObject({ jobs: [], next_page_token: '' });
    await expect(planner.unary('GetJob', { name: 'jobs/none' })).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it('uploads a text, makes a job of it, watches it to its end, and puts its plan together', async () => {
    const planner = await clientOf(PLANNER);
    const windows = demoWindows().map((tokenIds) => ({ token_ids: tokenIds }));
    const text = await planner.clientStream(
      'UploadCalibration',
      windows.map((window) => ({ windows: [window] })),
    );
    expect(text).toMatchObject({ window_count: 2, token_count: 48 });
    const settings = { method: 'METHOD_PRIOR_ONLY', sparsity: 0.3, rounds: 2, windows_per_mask: 2, seed: 5 };
    const spec = { model: { path: 'sotu-3M' }, calibration: text['name'], settings };
    const made = await planner.unary('CreateJob', { spec, job_id: 'foreign' });
    expect(made).toMatchObject({ job: { name: 'jobs/foreign', state: 'JOB_STATE_RUNNING' } });
    const seen = await planner.serverStream('WatchJob', { name: 'jobs/foreign' });
    expect(seen.at(-1)).toMatchObject({ job: { state: 'JOB_STATE_SUCCEEDED', error: null } });

    const [first, ...rest] = await planner.serverStream('GetPlan', { job: 'jobs/foreign' });
    expect(first).toMatchObject({
      part: 'plan',
      plan: { settings: { method: 'METHOD_PRIOR_ONLY', sparsity: 0.3 }, layers: [], evidence: [] },
    });
    const layerCount = (at(first, 'plan.model.shape.layers') as unknown[]).length;
    const kept = keptIn(rest as unknown as PlanPart[], layerCount);
    const ownClient = connect(PlannerServiceClient, server.address);
    const { layers } = await fetchPlan(ownClient, 'jobs/foreign');
    ownClient.close();
    expect(kept).toEqual(
      layers.map(({ keptKvGroups, keptQueryHeads, keptFfnNeurons }) => ({
        kept_kv_groups: keptKvGroups,
        kept_query_heads: keptQueryHeads,
        kept_ffn_neurons: keptFfnNeurons,
      })),
    );
    const neurons = kept.reduce((sum, layer) => sum + layer.kept_ffn_neurons.length, 0);
    expect(at(first, 'plan.budget.kept_ffn_neurons')).toBe(neurons);
    expect(neurons).toBeLessThan(6 * 512);
  });

  it('asks for the health of the server and of the service', async () => {
    const health = await clientOf('grpc.health.v1.Health');
    for (const service of ['', PLANNER]) {
      expect(await health.unary('Check', { service })).toMatchObject({ status: 'SERVING' });
    }
  });
});
