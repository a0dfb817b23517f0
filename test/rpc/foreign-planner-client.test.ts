import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPlannerServer } from '@bonsai/planner';
import type { PlannerServer } from '@bonsai/planner';
import { status } from '@grpc/grpc-js';
import { reflectedClient, reflectedServices } from './dynamic-client.ts';
import type { DynamicClient } from './dynamic-client.ts';

const PLANNER = 'bonsai.v1.PlannerService';

describe('a client of the planner without any .proto file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-foreign-planner-'));
  let server: PlannerServer;
  const clients: DynamicClient[] = [];

  async function clientOf(service: string): Promise<DynamicClient> {
    const client = await reflectedClient(server.address, service);
    clients.push(client);
    return client;
  }

  beforeAll(async () => {
    server = await startPlannerServer({
      address: '127.0.0.1:0',
      storePath: join(folder, 'planner.sqlite'),
      scorers: `unix:${folder}/no-scorer.sock`,
      now: Date.now,
    });
  });

  afterAll(async () => {
    for (const client of clients) client.close();
    await server.close();
    rmSync(folder, { recursive: true });
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

  it('asks for the health of the server and of the service', async () => {
    const health = await clientOf('grpc.health.v1.Health');
    for (const service of ['', PLANNER]) {
      expect(await health.unary('Check', { service })).toMatchObject({ status: 'SERVING' });
    }
  });
});
