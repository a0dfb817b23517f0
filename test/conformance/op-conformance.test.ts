import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Backend } from '@bonsai/ops';
import { opCases, resultOf } from '@bonsai/ops/cases';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { normalizedMeanSquareError } from '@bonsai/support/testing';
import { configurations, openBackend, roundsInputs } from './configurations.ts';

const smallCases = opCases.filter((opCase) => opCase.scale === 'small');

const expected = new Map<string, Float32Array>();

beforeAll(async () => {
  for (const opCase of smallCases) expected.set(opCase.name, await resultOf(opCase, createReferenceBackend()));
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
    const actual = await resultOf(opCase, backend);
    const reference = expected.get(opCase.name) ?? new Float32Array();
    // Inputs that are rounded like weights are off by as much again.
    const bound = opCase.bound[backend.weightPrecision] * (roundsInputs(options) ? 2 : 1);
    expect(normalizedMeanSquareError(actual, reference)).toBeLessThanOrEqual(bound);
    expect(backend.memory.used).toBe(0);
  });
});
