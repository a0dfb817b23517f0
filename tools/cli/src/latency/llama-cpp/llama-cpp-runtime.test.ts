import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import { UnitTable, emptySet } from '@bonsai/pruning';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import type { LatencyRuntime } from '../latency-runtime.ts';
import { llamaCppRuntime } from './llama-cpp-runtime.ts';

const modelDirectory = fileURLToPath(new URL('../../../../demo/sotu-3M', import.meta.url));

describe('llamaCppRuntime', () => {
  const temporary = useTemporaryDirectory();
  let units: UnitTable;
  beforeAll(async () => {
    const checkpoint = await openCheckpoint(modelDirectory);
    units = new UnitTable(modelShape(checkpoint.config));
    await checkpoint.close();
  });
  const open = (signal: AbortSignal): Promise<LatencyRuntime> =>
    llamaCppRuntime({ modelDirectory, floats: 'f16', tokens: 8, temporary: temporary.path() }, signal);

  it('times the files of cuts, the same file again, and leaves none behind', async () => {
    const runtime = await open(new AbortController().signal);
    try {
      expect(runtime.name).toMatch(/^llama\.cpp \S+, ./);
      const cut = emptySet(units).fill(1, 0, 2);
      await runtime.prepare([emptySet(units), cut]);
      for (const model of [emptySet(units), cut, cut]) {
        const seconds = await runtime.time(model, 2);
        expect(seconds).toHaveLength(2);
        for (const time of seconds) expect(time).toBeGreaterThan(0);
      }
      const [exported] = readdirSync(temporary.path());
      expect(readdirSync(temporary.path(exported))).toHaveLength(2);
    } finally {
      await runtime.close();
    }
    expect(readdirSync(temporary.path())).toEqual([]);
  });

  it('ends with the signal', async () => {
    const controller = new AbortController();
    const runtime = await open(controller.signal);
    const timed = runtime.time(emptySet(units), 1000);
    controller.abort();
    await expect(timed).rejects.toMatchObject({ code: 'CANCELLED' });
    await runtime.close();
    expect(readdirSync(temporary.path())).toEqual([]);
  });
});
