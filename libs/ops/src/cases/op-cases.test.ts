import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '../reference/reference-backend.ts';
import { resultOf, type OpCase, type OpName } from './op-case.ts';
import { opCases } from './op-cases.ts';

const OPS: Readonly<Record<OpName, true>> = {
  embed: true,
  copyBlocks: true,
  rmsNorm: true,
  layerNorm: true,
  linear: true,
  addBias: true,
  addScaled: true,
  biasedGelu: true,
  gatedLinear: true,
  linearToKept: true,
  linearFromKept: true,
  gatedLinearToKept: true,
  headNorm: true,
  rotaryEmbedding: true,
  attention: true,
  negativeLogLikelihood: true,
  gatheredLogits: true,
  columnSums: true,
  gram: true,
  rowCosines: true,
};

async function onReference(opCase: OpCase): Promise<Float32Array> {
  const backend = createReferenceBackend();
  const result = await resultOf(opCase, backend);
  expect(backend.memory.used).toBe(0);
  return result;
}

describe('the case table', () => {
  it('has small and large cases of every op, under distinct names', () => {
    const kinds = new Set(opCases.map(({ op, scale }) => `${op} ${scale}`));
    expect(kinds.size).toBe(2 * Object.keys(OPS).length);
    expect(new Set(opCases.map(({ name }) => name)).size).toBe(opCases.length);
  });

  const small = opCases.filter(({ scale }) => scale === 'small');
  it.each(small.map((opCase) => [opCase.name, opCase] as const))(
    '%s: same finite values every time',
    async (_, opCase) => {
      const first = await onReference(opCase);
      expect(first.every(Number.isFinite)).toBe(true);
      expect(first.some((value) => value !== 0)).toBe(true);
      expect(await onReference(opCase)).toEqual(first);
    },
  );
});
