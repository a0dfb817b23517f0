import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openGpu, startScoringServer } from '@bonsai/scoring';
import type { ScoringServer } from '@bonsai/scoring';
import { maxRelativeError } from '@bonsai/support/testing';
import { status } from '@grpc/grpc-js';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { DynamicClient, at, loadProto, reflectedClient, reflectedServices } from './dynamic-client.ts';

const SCORING = 'bonsai.v1.ScoringService';
const modelsRoot = fileURLToPath(new URL('../../tools/demo', import.meta.url));
const temporary = useTemporaryDirectory();

interface Reference {
  readonly windows: number[][];
  readonly nll_sum: number[];
}

const { windows, nll_sum: expectedSums } = JSON.parse(
  readFileSync(join(modelsRoot, 'sotu-3M', 'reference.json'), 'utf8'),
) as Reference;

let server: ScoringServer;
let client: DynamicClient;
beforeAll(async () => {
  server = await startScoringServer({
    address: `unix:${temporary.path('scorer.sock')}`,
    modelsRoot,
    openDevice: () => openGpu({ memoryBudget: undefined, matrixUnits: true, matrixUnitsRefused: () => undefined }),
    precision: 'f32',
    log: () => undefined,
    now: Date.now,
  });
  client = new DynamicClient(loadProto('proto/bonsai/v1/scoring.proto'), SCORING, server.address);
});
afterAll(async () => {
  client.close();
  await server.stop(1_000);
});

const header = { model: { path: 'sotu-3M' }, metric: 'METRIC_NLL' };
const windowMessages = windows.map((tokenIds) => ({ token_ids: tokenIds }));

describe('a client made from the .proto files at run time', () => {
  it('reads what the server and the model are', async () => {
    const info = await client.unary('GetServerInfo', {});
    expect(info).toMatchObject({ version: expect.any(String), adapter: { backend: 'vulkan' } });
    const model = await client.unary('GetModel', { model: { path: 'sotu-3M' } });
    expect(model).toMatchObject({ family: 'llama', shape: { vocab_size: 2048, query_heads_per_kv_group: 2 } });
    expect(at(model, 'shape.layers')).toHaveLength(6);
  });

  it('gets the NLL of the reference', async () => {
    const responses = await client.bidi('Evaluate', [{ header }, { windows: { windows: windowMessages } }]);
    expect(responses.map((response) => at(response, 'window_index'))).toEqual(windows.map((_, i) => i));
    const sums = responses.map((response) => Number(at(response, 'score.nll_sum')));
    expect(maxRelativeError(sums, expectedSums)).toBeLessThan(1e-4);
  });

  it('evaluates masks that it packed by itself', async () => {
    const layer = (ffnNeurons: Buffer): object => ({ kv_groups: Buffer.alloc(0), ffn_neurons: ffnNeurons });
    const keepAll = { layers: Array.from({ length: 6 }, () => layer(Buffer.alloc(0))) };
    // The first KV group of layer 0 and all neurons of layer 1.
    const some = { layers: keepAll.layers.map((_, i) => layer(Buffer.alloc(i === 1 ? 64 : 0, 0xff))) };
    some.layers[0] = { kv_groups: Buffer.of(0b001), ffn_neurons: Buffer.alloc(0) };
    const responses = await client.bidi('EvaluateMasks', [
      { header },
      { windows: { windows: windowMessages.slice(0, 2) } },
      { masks: { masks: [keepAll] } },
      { masks: { masks: [some] } },
    ]);
    expect(responses.map((response) => at(response, 'mask_index'))).toEqual([0, 1]);
    const [unmasked, masked] = responses.map((response) => Number(at(response, 'windows.0.nll_sum')));
    expect(maxRelativeError([unmasked!], expectedSums.slice(0, 1))).toBeLessThan(1e-4);
    expect(masked).toBeGreaterThan(unmasked! * 1.01);
  });

  it('reads code, message and details of an error', async () => {
    const call = client.unary('GetModel', { model: { path: '../cli' } });
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: status.PERMISSION_DENIED, details: expect.stringContaining('served root') });
    const [details] = (error as { metadata: { get(key: string): Buffer[] } }).metadata.get('grpc-status-details-bin');
    expect(details?.toString('latin1')).toContain('MODEL_OUTSIDE_ROOT');
  });
});

describe('a client without any .proto file', () => {
  it('lists the services by reflection', async () => {
    const services = await reflectedServices(server.address);
    expect(services).toEqual(expect.arrayContaining([SCORING, 'grpc.health.v1.Health']));
  });

  it('calls a service from its reflected description', async () => {
    const reflected = await reflectedClient(server.address, SCORING);
    expect(await reflected.unary('GetModel', { model: { path: 'sotu-3M' } })).toMatchObject({ family: 'llama' });
    reflected.close();
  });

  it('asks for the health of the server and of the service', async () => {
    const health = await reflectedClient(server.address, 'grpc.health.v1.Health');
    for (const service of ['', SCORING]) {
      expect(await health.unary('Check', { service })).toMatchObject({ status: 'SERVING' });
    }
    await expect(health.unary('Check', { service: 'unknown' })).rejects.toMatchObject({ code: status.NOT_FOUND });
    health.close();
  });
});
