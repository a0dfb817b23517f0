import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createReferenceBackend, opCases, type Backend, type OpCase } from '@bonsai/ops';
import { normalizedMeanSquareError } from '@bonsai/support';
import { configurations, openBackend } from './configurations.ts';

const smallCases = opCases.filter((opCase) => opCase.scale === 'small');

async function run(backend: Backend, opCase: OpCase): Promise<Float32Array> {
  const prepared = await opCase.prepare(backend);
  const recorder = backend.recorder();
  prepared.record(recorder);
  await backend.submit(recorder);
  const values = await prepared.read();
  prepared.release();
  return values;
}

const expected = new Map<string, Float32Array>();

beforeAll(async () => {
  for (const opCase of smallCases) expected.set(opCase.name, await run(createReferenceBackend(), opCase));
});

describe.each(configurations)('$name', ({ options }) => {
  let backend: Backend;

  beforeAll(async () => {
    backend = await openBackend(options);
  });

  afterAll(async () => {
    await backend.dispose();
  });

  it.each(smallCases)('$name', async (opCase) => {
    const actual = await run(backend, opCase);
    const reference = expected.get(opCase.name) ?? new Float32Array();
    expect(normalizedMeanSquareError(actual, reference)).toBeLessThanOrEqual(opCase.bound[backend.weightPrecision]);
    expect(backend.memory.used).toBe(0);
  });
});
