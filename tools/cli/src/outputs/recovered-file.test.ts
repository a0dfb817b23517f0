import { describe, expect, it } from '@jest/globals';
import { recoveredBeside } from './recovered-file.ts';

describe('the recovered weights of a plan', () => {
  it.each([
    ['plans/a.json', 'plans/a.recovered.safetensors'],
    ['plans/a', 'plans/a.recovered.safetensors'],
    ['out/plan.json', 'out/recovered.safetensors'],
    ['plan.json', 'recovered.safetensors'],
  ])('of %s are written to %s', (plan, weights) => {
    expect(recoveredBeside(plan)).toBe(weights);
  });
});
