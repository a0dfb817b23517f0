import { afterAll, describe, expect, it } from '@jest/globals';
import { modelShape, openCheckpoint, openRecovered, writeGguf } from '@bonsai/checkpoint';
import { naiveForward } from '@bonsai/model/testing';
import { emptySet, UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { maxRelativeError, relativeError } from '@bonsai/support/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { askLlamaCpp } from './support/ask-llama-cpp.ts';
import { cutsToExport } from './support/cuts.ts';
import { DEMO_MODEL, demoReference, demoWindows } from './support/demo-model.ts';
import { ggufArchitecture } from './support/gguf-architecture.ts';
import { useOwnEvaluation } from './support/own-evaluation.ts';

const checkpoint = await openCheckpoint(DEMO_MODEL);
afterAll(async () => checkpoint.close());
const windows = await demoWindows();

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const WHOLE = 'nothing removed';

/** Nats; of one token, which other tokens' errors do not average out. */
const TOKEN_TOLERANCE = 1e-4;

function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} values against ${b.length}`);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

/** NLL of all predicted tokens of all windows. */
async function exactNll(cut: UnitSet): Promise<number[]> {
  const traces = await Promise.all(windows.map((window) => naiveForward(checkpoint, cut, window)));
  return traces.flatMap(({ nll }) => nll);
}

describe('the double-precision forward that exports are held against', () => {
  it('equals the reference of the bundled model', async () => {
    const reference = await demoReference();
    const window = Uint32Array.from(reference.windows[1] ?? []);
    const { nll } = await naiveForward(checkpoint, emptySet(new UnitTable(modelShape(checkpoint.config))), window);
    expect(relativeError(sum(nll), reference.nll_sum[1]!)).toBeLessThan(1e-9);
  });
});

describe('llama.cpp on an exported GGUF file', () => {
  const work = useTemporaryDirectory();
  const ours = useOwnEvaluation();

  it.each(cutsToExport(checkpoint.config))('agrees with $name', async ({ name, cut, uniform }) => {
    const path = work.path(`${name}.gguf`);
    const written = await writeGguf({ checkpoint, cut, floats: 'f32', path });
    expect(written).toEqual({ notes: [] });
    expect(await ggufArchitecture(path)).toBe(uniform ? 'llama' : 'deci');
    const [{ nll: referee }, exact] = await Promise.all([askLlamaCpp({ model: path, windows }), exactNll(cut)]);
    // A model without any unit is one that we refuse to load.
    if (name !== 'nothing left') {
      const sums = await ours.nllSums(checkpoint, cut, windows);
      expect(maxRelativeError(referee.map(sum), sums)).toBeLessThanOrEqual(1e-4);
      const tokens = await ours.tokenNll(checkpoint, cut, windows[0]!);
      expect(largestDifference(tokens, referee[0]!)).toBeLessThan(TOKEN_TOLERANCE);
    }
    expect(relativeError(sum(referee.flat()), sum(exact))).toBeLessThanOrEqual(1e-4);
    expect(largestDifference(referee.flat(), exact)).toBeLessThan(TOKEN_TOLERANCE);
  });

  it.each([
    { method: 'alignedLeastSquares', architecture: 'deci', isUniform: false },
    { method: 'bias', architecture: 'deci', isUniform: false },
    { method: 'bias', architecture: 'llama', isUniform: true },
  ] as const)(
    'agrees with a $architecture recovered by $method, another model than the cut alone',
    async (recovery) => {
      const { method, architecture, isUniform } = recovery;
      const { cut } = cutsToExport(checkpoint.config).find(
        ({ name, uniform }) => uniform === isUniform && name !== WHOLE,
      )!;
      const recovered = work.path(`${method}-${architecture}.safetensors`);
      expect(await ours.recover(checkpoint, cut, windows, recovered, method)).toBeGreaterThan(6);
      const plain = await openCheckpoint(DEMO_MODEL);
      const model = await openRecovered(plain, cut, recovered);
      const path = work.path(`${method}-${architecture}.gguf`);
      await writeGguf({ checkpoint: model, cut, floats: 'f32', path });
      expect(await ggufArchitecture(path)).toBe(architecture);
      const { nll: referee } = await askLlamaCpp({ model: path, windows });
      const sums = await ours.nllSums(model, cut, windows);
      await model.close();
      expect(maxRelativeError(referee.map(sum), sums)).toBeLessThanOrEqual(1e-4);
      const ofCutAlone = await ours.nllSums(checkpoint, cut, windows);
      expect(maxRelativeError(sums, ofCutAlone)).toBeGreaterThan(1e-3);
      if (method === 'alignedLeastSquares') expect(sum(sums)).toBeLessThan(0.95 * sum(ofCutAlone));
    },
  );

  it('agrees within the precision of its weights if they are F16', async () => {
    const path = work.path('half.gguf');
    const { cut } = cutsToExport(checkpoint.config).find(({ uniform }) => !uniform)!;
    await writeGguf({ checkpoint, cut, floats: 'f16', path });
    const [{ nll }, exact] = await Promise.all([askLlamaCpp({ model: path, windows }), exactNll(cut)]);
    expect(relativeError(sum(nll.flat()), sum(exact))).toBeLessThanOrEqual(5e-3);
  });
});
