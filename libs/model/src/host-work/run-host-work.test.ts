import { describe, expect, it } from '@jest/globals';
import type { HostMatrix } from '@bonsai/ops';
import { BonsaiError, normal, seededRandom } from '@bonsai/support';
import { isNotPositiveDefinite } from '../linear-algebra/cholesky.ts';
import { atOnce } from '../linear-algebra/phases.ts';
import type { Phases } from '../linear-algebra/phases.ts';
import { refitWork } from '../recovery/refit.ts';
import { obsWork } from '../statistics/obs-energy.ts';
import { phasesOf } from './host-work.ts';
import type { HostWork } from './host-work.ts';
import { onThreads } from './on-threads.ts';
import { inTurns, runHostWork } from './run-host-work.ts';

// Several panels of the factor and several parts of a phase, the last ones odd.
const [COLUMNS, OUTPUTS] = [203, 75];

function randomMatrix(rows: number, cols: number, seed: number): HostMatrix {
  const random = seededRandom(seed);
  return { rows, cols, data: Float32Array.from({ length: rows * cols }, () => normal(random)) };
}

/** Correlations that fall off with the distance of columns, with some noise. */
function gram(): HostMatrix {
  const noise = randomMatrix(1, COLUMNS, 3).data;
  const data = Float32Array.from({ length: COLUMNS ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / COLUMNS), at % COLUMNS];
    return 0.8 ** Math.abs(i - j) + 0.01 * (noise[i] ?? 0) * (noise[j] ?? 0);
  });
  return { rows: COLUMNS, cols: COLUMNS, data };
}

/** As if there were work for all cores. */
const LARGE = 1e12;

const weight = randomMatrix(OUTPUTS, COLUMNS, 1);
const kept = Array.from({ length: COLUMNS }, (_, i) => i).filter((i) => i % 3 !== 1);
const works: Record<string, () => HostWork> = {
  'OBS energies': () => obsWork({ gram: gram(), tokens: 3, weight, ridge: 1e-2, widths: [1, 7] }),
  'least squares': () => refitWork({ gram: gram(), weight, kept, ridge: 1e-2 }),
  'least squares with an aim': () =>
    refitWork({ gram: gram(), weight, kept, ridge: 1e-2, aim: randomMatrix(COLUMNS, OUTPUTS, 2) }),
};

const resultOf = (work: HostWork): number[][] =>
  work.kind === 'refit' ? [[...work.refitted.data]] : work.energies.map((energies) => [...energies]);

function doneAtOnce(work: HostWork): number[][] {
  atOnce(phasesOf(work));
  return resultOf(work);
}

function partsOf(phases: Phases): number {
  return Array.from({ length: phases.count }, (_, index) => phases.phase(index).parts).reduce(
    (sum, parts) => sum + parts,
    0,
  );
}

/** Every phase from its last part to its first. */
function runBackwards(phases: Phases): void {
  for (let index = 0; index < phases.count; index++) {
    const phase = phases.phase(index);
    for (let part = phase.parts - 1; part >= 0; part--) phase.run(part);
  }
}

describe.each(Object.keys(works))('%s', (name) => {
  const work = works[name]!;

  it('are the same bits in any order of parts, in turns and on threads', async () => {
    const expected = doneAtOnce(work());
    expect(expected.flat().every(Number.isFinite)).toBe(true);
    const [backwards, inTurn, onCores] = [work(), work(), work()];
    runBackwards(phasesOf(backwards));
    expect(resultOf(backwards)).toEqual(expected);
    await inTurns(phasesOf(inTurn), undefined);
    expect(resultOf(inTurn)).toEqual(expected);
    let done = 0;
    await onThreads({ ...onCores, multiplications: LARGE }, { getsOn: () => done++ });
    expect(resultOf(onCores)).toEqual(expected);
    expect(done).toBe(partsOf(phasesOf(onCores)));
  });

  it.each([
    ['on this thread', 1],
    ['on threads', LARGE],
  ])('refuse a matrix that is not positive definite, %s', async (_, multiplications) => {
    const broken = work();
    broken.gram.data.fill(-1);
    for (let i = 0; i < COLUMNS; i++) broken.gram.data[i * COLUMNS + i] = 1;
    const refused = await runHostWork({ ...broken, multiplications }).catch((error: unknown) => error);
    expect(String(refused)).toMatch(/not positive definite: pivot \d+ is -/);
    expect(isNotPositiveDefinite(refused)).toBe(true);
  });
});

describe('work in turns', () => {
  it('lets others have their turn', async () => {
    let parts = 0;
    const seen: number[] = [];
    const others = (): void => {
      seen.push(parts);
      if (seen.length < 5) setImmediate(others);
    };
    setImmediate(others);
    const run = (): void => {
      parts++;
    };
    await inTurns({ count: 7, phase: () => ({ parts: 1, run }) }, undefined);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('cancelled work', () => {
  const late = new BonsaiError('too late', { code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });

  it('ends at the part in which it is cancelled, with the reason given', async () => {
    const controller = new AbortController();
    let parts = 0;
    const run = (): void => {
      if (++parts === 3) controller.abort(late);
    };
    await expect(inTurns({ count: 7, phase: () => ({ parts: 1, run }) }, controller.signal)).rejects.toBe(late);
    expect(parts).toBe(3);
  });

  it('ends on threads, before it starts and while it runs', async () => {
    const work = { ...works['OBS energies']!(), multiplications: LARGE };
    await expect(onThreads(work, { signal: AbortSignal.abort(late) })).rejects.toBe(late);
    const controller = new AbortController();
    const running = onThreads(work, { signal: controller.signal });
    setImmediate(() => {
      controller.abort(late);
    });
    await expect(running).rejects.toBe(late);
    expect(resultOf(work)).not.toEqual(doneAtOnce(works['OBS energies']!()));
  });
});
