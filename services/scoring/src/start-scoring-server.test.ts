import { tmpdir } from 'node:os';
import { expect, it } from '@jest/globals';
import { startScoringServer } from './start-scoring-server.ts';
import { referenceDevice } from './testing/reference-device.ts';

const quiet = { address: '127.0.0.1:0', modelsRoot: tmpdir(), log: (): void => undefined, now: Date.now };

it('refuses a driver in software where a GPU is required, and gives it back', async () => {
  let disposed = false;
  const openDevice = () =>
    Promise.resolve({ ...referenceDevice(), dispose: () => Promise.resolve(void (disposed = true)) });
  await expect(startScoringServer({ ...quiet, requireGpu: true, openDevice })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'ADAPTER_NOT_FOUND',
    field: '--require-gpu',
    message: expect.stringContaining('cpu (naive loops)'),
  });
  expect(disposed).toBe(true);
});

it('takes a GPU where one is required', async () => {
  const device = referenceDevice();
  const openDevice = () => Promise.resolve({ ...device, adapter: { ...device.adapter, software: false } });
  const server = await startScoringServer({ ...quiet, requireGpu: true, openDevice });
  await server.stop(0);
});
