import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDevice } from '@bonsai/gpu';
import { createReferenceBackend, opCases, type Backend, type OpCase } from '@bonsai/ops';
import { normalizedMeanSquareError } from '@bonsai/support';
import { gemmTiles, type GemmTile } from './gemm-tile.ts';
import { GpuBackend } from './gpu-backend.ts';

const OPS = ['linear', 'gatedLinear', 'negativeLogLikelihood'];
const cases = opCases.filter(({ op, scale }) => scale === 'small' && OPS.includes(op));
const linearCases = cases.filter(({ op }) => op === 'linear');

/** The tile with lanes in the place of matrix units, which no CPU driver has; all else is the kernel as shipped. */
function emulated(tile: GemmTile): GemmTile {
  const emulation = 'testing/emulated-matrix-units.wgsl';
  return {
    ...tile,
    directives: ['include/enable-f16.wgsl'],
    files: tile.files.map((file) => (file === 'include/matrix-units.wgsl' ? emulation : file)),
  };
}

async function matrixBackend(tile: GemmTile, headTile: GemmTile): Promise<Backend> {
  const device = await openDevice();
  const bindingBytes = device.limit('maxStorageBufferBindingSize');
  return new GpuBackend({ device, precision: 'f16', tiling: 'matrix', tile, headTile, bindingBytes });
}

async function run(backend: Backend, opCase: OpCase): Promise<Float32Array> {
  const prepared = await opCase.prepare(backend);
  const recorder = backend.recorder();
  prepared.record(recorder);
  await backend.submit(recorder);
  const values = await prepared.read();
  prepared.release();
  return values;
}

const [headTile, ...others] = gemmTiles('matrix', 'f16').map(emulated);
const wideTile = others.find(({ rows, columns }) => columns > rows);

describe.each([
  { tile: headTile as GemmTile, covered: cases },
  { tile: wideTile as GemmTile, covered: linearCases },
])('matrix tile of $tile.rows x $tile.columns', ({ tile, covered }) => {
  let backend: Backend;

  beforeAll(async () => {
    backend = await matrixBackend(tile, headTile as GemmTile);
  });

  afterAll(async () => {
    await backend.dispose();
  });

  it.each(covered)('$name', async (opCase) => {
    const expected = await run(createReferenceBackend(), opCase);
    expect(normalizedMeanSquareError(await run(backend, opCase), expected)).toBeLessThanOrEqual(2 * opCase.bound.f16);
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
