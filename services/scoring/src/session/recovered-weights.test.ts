import { describe, expect, it } from '@jest/globals';
import { readdirSync, readlinkSync } from 'node:fs';
import { emptySet } from '@bonsai/pruning';
import { FakeModel } from '../testing/fake-model.ts';
import { referenceDevice } from '../testing/reference-device.ts';
import { units } from '../testing/scoring-fixture.ts';
import { useTinyCheckpoint } from '../testing/tiny-checkpoint-fixture.ts';
import { ALIVE } from './alive.ts';
import type { ModelTarget } from './model-target.ts';
import { ScoringSession } from './scoring-session.ts';

const checkpoint = useTinyCheckpoint();
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function startSession(): ScoringSession {
  return new ScoringSession(referenceDevice(), {
    loadModel: () => Promise.resolve(new FakeModel(1)),
    cache: { bytes: 1, models: Infinity },
    turnTokens: 100,
    deviceLost: () => undefined,
    now: () => 0,
  });
}

const target = (): ModelTarget => ({
  path: '',
  checkpoint: checkpoint(),
  cut: emptySet(units),
  precision: 'f32',
  recovery: { method: 'bias', ridge: 0, modules: [], windows: [] },
});

/** Descriptors of recovered weights in this process. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('bonsai-recovered');
    } catch {
      // It was the descriptor of this very listing.
      return false;
    }
  }).length;
}

describe('the file of recovered weights', () => {
  it('is read to its end and closed', async () => {
    const session = startSession();
    const pieces: unknown[] = [];
    for await (const piece of session.recoveredWeights(target(), new AbortController().signal)) pieces.push(piece);
    expect(pieces).toEqual([ALIVE, expect.any(Uint8Array)]);
    await session.close();
    expect(openFiles()).toBe(0);
  });

  it('is closed where the client leaves before it is opened', async () => {
    const session = startSession();
    const controller = new AbortController();
    const weights = session.recoveredWeights(target(), controller.signal);
    expect(await weights.next()).toEqual({ done: false, value: ALIVE });
    controller.abort();
    await weights.return();
    await session.close();
    expect(openFiles()).toBe(0);
  });

  it('is closed where the client leaves after it was opened and before it is read', async () => {
    const session = startSession();
    const weights = session.recoveredWeights(target(), new AbortController().signal);
    expect(await weights.next()).toEqual({ done: false, value: ALIVE });
    // That of the session, and that which is to be sent.
    while (openFiles() < 2) await tick();
    await weights.return();
    await session.close();
    expect(openFiles()).toBe(0);
  });
});
