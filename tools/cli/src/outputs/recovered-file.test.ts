import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findRecovered, recoveredBeside } from './recovered-file.ts';

describe('the recovered weights of a plan', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bonsai-recovered-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['plans/a.json', 'plans/a.recovered.safetensors'],
    ['plans/a', 'plans/a.recovered.safetensors'],
    ['out/plan.json', 'out/recovered.safetensors'],
    ['plan.json', 'recovered.safetensors'],
  ])('of %s are written to %s', (plan, weights) => {
    expect(recoveredBeside(plan)).toBe(weights);
  });

  it('are found under the name that earlier versions gave them, but rather under their own', async () => {
    const plan = join(folder, 'a.json');
    const own = join(folder, 'a.recovered.safetensors');
    const common = join(folder, 'recovered.safetensors');
    expect(await findRecovered(plan)).toBe(own);
    await writeFile(common, '');
    expect(await findRecovered(plan)).toBe(common);
    await writeFile(own, '');
    expect(await findRecovered(plan)).toBe(own);
  });
});
