import { describe, expect, it } from '@jest/globals';
import { createReferenceBackend } from '@bonsai/ops/testing';
import type { Weight } from '@bonsai/ops';
import { HostCopies } from './host-copies.ts';

const backend = createReferenceBackend();
const VALUES = { rows: 2, cols: 3, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const BYTES = backend.sizes.weight(2, 3);

/** Copies on a host that could take so many more bytes, and how often a weight was packed. */
function copiesOn(hostBytes: () => number): {
  copies: HostCopies;
  packed: () => number;
  come: (name: string, passing: boolean) => Promise<Weight>;
} {
  const copies = new HostCopies(backend, hostBytes);
  let packed = 0;
  const pack = (): Promise<Weight> => {
    packed++;
    return backend.packWeight(VALUES);
  };
  return { copies, packed: () => packed, come: (name, passing) => copies.weight(name, passing, pack) };
}

describe('copies on the host', () => {
  it('are made of what passes, and serve it also when it stays', async () => {
    const { come, packed } = copiesOn(() => Infinity);
    for (const passing of [true, true, false]) await come('a', passing);
    expect(packed()).toBe(1);
  });

  it('are not made of what stays', async () => {
    const { come, packed } = copiesOn(() => Infinity);
    for (const passing of [false, true, true]) await come('a', passing);
    expect(packed()).toBe(2);
  });

  it('leave the host as much memory as they take', async () => {
    const { come, packed } = copiesOn(() => 3 * BYTES);
    const names = ['a', 'b', 'c'];
    for (const name of [...names, ...names]) await come(name, true);
    expect(packed()).toBe(4);
  });

  it('are not made while the host has no memory', async () => {
    let hostBytes = 0;
    const { come, packed } = copiesOn(() => hostBytes);
    for (let time = 0; time < 2; time++) await come('a', true);
    hostBytes = 2 * BYTES;
    for (let time = 0; time < 2; time++) await come('a', true);
    expect(packed()).toBe(3);
  });
});
