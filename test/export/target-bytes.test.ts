import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai } from '../cli/bonsai-process.ts';
import { DEMO_MODEL } from './support/demo-model.ts';

/** Any English text will do. */
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));

describe('bonsai prune --target-bytes', () => {
  const work = useTemporaryDirectory();

  it.each([
    { name: 'layers of their own widths', floats: 'f16', limit: 4_500_000, options: [] },
    { name: 'layers of their own widths in 32 bits', floats: 'f32', limit: 9_000_000, options: [] },
    { name: 'uniform layers', floats: 'f16', limit: 4_500_000, options: ['--layout', 'uniform'] },
    { name: 'layers with recovered biases', floats: 'f16', limit: 4_500_000, options: ['--recover', 'bias'] },
  ])('makes a file of $name that is as large as it may be', async ({ name, floats, limit, options }) => {
    const out = work.path(name);
    const { code, err } = await bonsai([
      ...['prune', '--model', DEMO_MODEL, '--calibration', text, '--calibration-windows', '2', '--context', '32'],
      ...['--method', 'random', '--windows', '2', '--target-bytes', String(limit), '--gguf-floats', floats],
      ...[...options, '--format', 'gguf', '--store', work.path(`${name}.sqlite`), '--json', '--out', out],
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { size } = await stat(join(out, 'sotu-3M-pruned.gguf'));
    expect(size).toBeLessThanOrEqual(limit);
    // A neuron of one layer or of all six, and what the header says of each layer's widths.
    const neuron = 3 * 192 * (floats === 'f16' ? 2 : 4);
    const isUniform = options.includes('uniform');
    const header = isUniform ? 200 : 0;
    // Two biases per layer, each with its entry in the header, which held-out text may refuse.
    const refused = options.includes('bias') ? 6 * 2 * (4 * 192 + 64) : 0;
    expect(size).toBeGreaterThan(limit - neuron * (isUniform ? 6 : 1) - header - refused);
  });
});
