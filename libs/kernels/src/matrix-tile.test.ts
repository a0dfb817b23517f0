import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDevice } from '@bonsai/gpu';
import type { Backend, WeightPrecision } from '@bonsai/ops';
import { opCases, resultOf } from '@bonsai/ops/cases';
import { createReferenceBackend } from '@bonsai/ops/testing';
import { normal, seededRandom } from '@bonsai/support';
import { normalizedMeanSquareError } from '@bonsai/support/testing';
import { gemmTiles, type GemmTile } from './gemm-tile.ts';
import { GpuBackend } from './gpu-backend.ts';
import { kernelContext } from './kernel-context.ts';
import { emulatedTile } from './testing/emulated-tile.ts';

const OPS = ['linear', 'linearFromKept', 'gatedLinear', 'negativeLogLikelihood', 'gatheredLogits'];
const cases = opCases.filter(({ op, scale }) => scale === 'small' && OPS.includes(op));
const linearCases = cases.filter(({ op }) => op === 'linear');

const MATRIX_TILES = gemmTiles('matrix', 'f16');
const headTile = emulatedTile(MATRIX_TILES[0]);
const wideTile = MATRIX_TILES.map((tile) => emulatedTile(tile)).find(({ rows, columns }) => columns > rows) ?? headTile;

async function matrixBackend(precision: WeightPrecision, tile: GemmTile): Promise<Backend> {
  const device = await openDevice();
  return new GpuBackend({ ...kernelContext(device, { precision, tiling: 'matrix', tile }), headTile });
}

describe.each([
  { precision: 'f16', tile: headTile, covered: cases },
  { precision: 'f16', tile: wideTile, covered: linearCases },
  { precision: 'bf16', tile: headTile, covered: linearCases },
] as const)('matrix tile of $tile.rows x $tile.columns with $precision weights', ({ precision, tile, covered }) => {
  let backend: Backend;

  beforeAll(async () => {
    backend = await matrixBackend(precision, tile);
  });

  afterAll(async () => {
    await backend.dispose();
  });

  it.each(covered)('$name', async (opCase) => {
    const expected = await resultOf(opCase, createReferenceBackend());
    const bound = 2 * opCase.bound[precision];
    expect(normalizedMeanSquareError(await resultOf(opCase, backend), expected)).toBeLessThanOrEqual(bound);
  });

  it('gives gathered logits the rounding that those behind a loss have: probabilities sum to 1', async () => {
    const [rows, hidden, vocabulary] = [7, 67, 131];
    const random = seededRandom(3);
    const values = (length: number, scale: number): Float32Array =>
      Float32Array.from({ length }, () => scale * normal(random));
    const head = await backend.packWeight({ rows: vocabulary, cols: hidden, data: values(vocabulary * hidden, 0.3) });
    const x = backend.matrix(rows, hidden, values(rows * hidden, 5));
    const everyToken = Uint32Array.from({ length: rows * vocabulary }, (_, i) => i % vocabulary);
    const [tokens, targets] = [backend.indices(everyToken), backend.indices(new Uint32Array(rows))];
    const [logits, losses] = [backend.matrix(rows, vocabulary), backend.matrix(rows, 1)];
    const recorder = backend.recorder();
    recorder.gatheredLogits(logits, x, head, tokens);
    recorder.negativeLogLikelihood(losses, x, head, targets);
    await backend.submit(recorder);
    const z = await backend.read(logits);
    for (const [row, loss] of (await backend.read(losses)).entries()) {
      const own = z.subarray(row * vocabulary, (row + 1) * vocabulary);
      const total = loss + (own[0] ?? NaN);
      const probability = own.reduce((sum, logit) => sum + Math.exp(logit - total), 0);
      expect(Math.abs(probability - 1)).toBeLessThan(2e-5);
    }
    for (const held of [head, x, tokens, targets, logits, losses]) held.release();
  });

  it('takes inputs beyond the largest f16, beside rows of small ones', async () => {
    const cols = 4;
    const inputs = Float32Array.of(3e5, -7e5, 2e5, 4e4, 3e-6, -7e-6, 2e-6, 4e-7, 0, 0, 0, 0);
    const weights = Float32Array.of(1, 0.5, -0.25, 2);
    const weight = await backend.packWeight({ rows: 1, cols, data: weights });
    const x = backend.matrix(inputs.length / cols, cols, inputs);
    const out = backend.matrix(x.rows, 1);
    const recorder = backend.recorder();
    recorder.linear(out, x, weight);
    await backend.submit(recorder);
    const sums = await backend.read(out);
    for (const [row, sum] of sums.entries()) {
      const terms = weights.map((value, k) => value * (inputs[row * cols + k] ?? 0));
      const exact = terms.reduce((total, term) => total + term, 0);
      const size = terms.reduce((total, term) => total + Math.abs(term), 0);
      expect(Math.abs(sum - exact)).toBeLessThanOrEqual(2 ** -11 * size);
    }
    for (const held of [weight, x, out]) held.release();
  });
});

describe('bf16 weights on matrix units', () => {
  it('are the f16 that they are times 2^8, exactly from 2^-25 to 255, and nearly so below', async () => {
    const backend = await matrixBackend('bf16', headTile);
    const exact = Float32Array.of(255, -254, 1 + 2 ** -7, 2 ** -24 * (1 + 2 ** -7), -(2 ** -25) * (2 - 2 ** -7));
    const small = Float32Array.of(2 ** -30 * (1 + 2 ** -7), -(2 ** -40));
    const weights = Float32Array.of(...exact, ...small);
    expect(Math.max(...weights)).toBeLessThan(backend.weightLimit);
    const weight = await backend.packWeight({ rows: weights.length, cols: 1, data: weights });
    const x = backend.matrix(1, 1, Float32Array.of(1));
    const out = backend.matrix(1, weights.length);
    const recorder = backend.recorder();
    recorder.linear(out, x, weight);
    await backend.submit(recorder);
    const products = await backend.read(out);
    expect(products.subarray(0, exact.length)).toEqual(exact);
    for (const [i, value] of small.entries()) {
      expect(Math.abs((products[exact.length + i] ?? NaN) - value)).toBeLessThanOrEqual(2 ** -33);
    }
    for (const held of [weight, x, out]) held.release();
    await backend.dispose();
  });
});
