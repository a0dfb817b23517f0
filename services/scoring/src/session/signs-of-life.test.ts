import { describe, expect, it } from '@jest/globals';
import type { Predictions, TransformerModel } from '@bonsai/model';
import { emptySet } from '@bonsai/pruning';
import { FakeModel } from '../testing/fake-model.ts';
import { referenceDevice } from '../testing/reference-device.ts';
import { collect, units } from '../testing/scoring-fixture.ts';
import { useTinyCheckpoint } from '../testing/tiny-checkpoint-fixture.ts';
import type { LoadModel } from './model-cache.ts';
import type { ModelTarget } from './model-target.ts';
import { ALIVE } from './alive.ts';
import { ScoringSession } from './scoring-session.ts';

const checkpoint = useTinyCheckpoint();
const signal = new AbortController().signal;
const windows = [Uint32Array.of(1, 2, 3)];
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A session in which another second has passed whenever it looks. */
function sessionWith(model: FakeModel | LoadModel): ScoringSession {
  let time = 0;
  return new ScoringSession(referenceDevice(), {
    loadModel: typeof model === 'function' ? model : () => Promise.resolve(model),
    cache: { bytes: 1, models: Infinity },
    turnTokens: 100,
    deviceLost: () => undefined,
    now: () => (time += 1000),
  });
}

const target = (): ModelTarget => ({
  path: '',
  checkpoint: checkpoint(),
  cut: emptySet(units),
  precision: 'f32',
  recovery: undefined,
});

/** A model that tells how it gets on before it has any result. */
class LongModel extends FakeModel {
  override async *evaluate(
    ...request: Parameters<TransformerModel['evaluate']>
  ): ReturnType<TransformerModel['evaluate']> {
    const [windowsOf, masks, caller] = request;
    caller?.getsOn?.();
    yield* super.evaluate(windowsOf, masks, caller);
  }

  override predict(...request: Parameters<TransformerModel['predict']>): Promise<Predictions[]> {
    request[1]?.getsOn?.();
    return super.predict(...request);
  }

  override async *collectStatistics(
    ...request: Parameters<TransformerModel['collectStatistics']>
  ): ReturnType<TransformerModel['collectStatistics']> {
    request[2]?.getsOn?.();
    yield* super.collectStatistics(...request);
  }
}

describe('a request that has its turn', () => {
  it('hears that the model gets on with statistics', async () => {
    const session = sessionWith(new LongModel(1));
    const statistics = session.collectStatistics(target(), windows, ['obs'], signal);
    // That its turn has come, then what the model tells.
    const [first, second, ...layers] = await collect(statistics);
    expect([first, second]).toEqual([ALIVE, ALIVE]);
    expect(layers).toHaveLength(2);
    expect(layers).not.toContain(ALIVE);
    await session.close();
  });

  it('hears that the model gets on with masks, and with what they are compared with', async () => {
    const session = sessionWith(new LongModel(1));
    const masks = { count: 1, at: () => emptySet(units).fill(1, 0, 1) };
    const scores = session.evaluate(target(), { windows, masks, measurement: 'kl' }, signal);
    expect(await collect(scores)).toEqual([ALIVE, ALIVE, ALIVE, expect.objectContaining({ mask: 0 })]);
    await session.close();
  });

  it('hears that a model is loaded, layer by layer', async () => {
    const session = sessionWith((_backend, _checkpoint, _cut, { getsOn }) => {
      getsOn();
      return Promise.resolve(new FakeModel(1));
    });
    const statistics = session.collectStatistics(target(), windows, ['activation'], signal);
    const [first, second, ...layers] = await collect(statistics);
    expect([first, second]).toEqual([ALIVE, ALIVE]);
    expect(layers).not.toContain(ALIVE);
    await session.close();
  });
});

describe('a request that waits for its turn', () => {
  it('hears that the one before it gets on, for as long as it does', async () => {
    const steps: (() => void)[] = [];
    const session = sessionWith(new FakeModel(1, () => new Promise((resolve) => steps.push(resolve))));
    const shared = target();
    const statistics = session.collectStatistics(shared, windows, ['activation'], signal);
    const masks = { count: 1, at: () => emptySet(units) };
    const scores = session.evaluate(shared, { windows, masks, measurement: 'nll' }, signal);
    const step = async (): Promise<void> => {
      while (steps.length === 0) await tick();
      steps.shift()!();
    };

    const turnOfTheFirst = [statistics.next(), scores.next()];
    for (const { value } of await Promise.all(turnOfTheFirst)) expect(value).toBe(ALIVE);
    let heard: unknown;
    const next = scores.next().then(({ value }) => (heard = value));
    while (steps.length === 0) await tick();
    expect(heard).toBeUndefined();
    await step();
    await next;
    expect(heard).toBe(ALIVE);
    const rest = Promise.all([collect(statistics), collect(scores)]);
    await step();
    await step();
    const [layers, results] = await rest;
    expect(layers).toHaveLength(2);
    // Of the last layer, and of its own turn.
    expect(results).toEqual([ALIVE, ALIVE, { mask: 0, firstWindow: 0, losses: [{ nllSum: 0, tokenCount: 2 }] }]);
    await session.close();
  });
});
