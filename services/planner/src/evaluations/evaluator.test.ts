import { expect, it } from '@jest/globals';
import { emptySet } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { makeCalibration } from '../calibration/calibration.ts';
import { DEFAULT_SETTINGS } from '../jobs/job-settings.ts';
import type { Scorer } from '../scorer/scorer.ts';
import { StoreDatabase } from '../store/database.ts';
import { WeightsStore } from '../store/weights-store.ts';
import { SYNTHETIC_REVISION, syntheticUnits } from '../testing/synthetic-model.ts';
import { EvaluationStore } from './evaluation-store.ts';
import { Evaluator } from './evaluator.ts';

const temporary = useTemporaryDirectory();

it('bears a scorer that dies again and again, as long as it brings a result each time', async () => {
  const database = new StoreDatabase(temporary.path('planner.sqlite'));
  const asked: number[] = [];
  const scorer: Pick<Scorer, 'evaluateMasks'> = {
    async *evaluateMasks(_base, windows, masks) {
      asked.push(masks.length);
      yield { mask: 0, losses: windows.map(() => ({ nllSum: asked.length, tokenCount: 1 })) };
      if (masks.length > 1) {
        throw new BonsaiError('The scorer is gone.', { code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });
      }
    },
  };
  const calibration = makeCalibration([Uint32Array.of(1, 2, 3)]);
  let evaluated = 0;
  const evaluator = new Evaluator({
    spec: {
      model: { path: 'synthetic', revision: SYNTHETIC_REVISION },
      calibration: calibration.digest,
      metricService: undefined,
      settings: { ...DEFAULT_SETTINGS, sparsity: 0.3 },
    },
    revision: SYNTHETIC_REVISION,
    units: syntheticUnits,
    calibration,
    store: new EvaluationStore(database),
    weights: new WeightsStore(temporary.path('weights')),
    scorer: scorer as Scorer,
    allScorers: scorer as Scorer,
    scorersPerJob: 1,
    retry: { attempts: 2, silentAttempts: 1, firstDelayMilliseconds: 1, longestDelayMilliseconds: 1 },
    observer: { partDone: () => undefined, evaluated: () => evaluated++ },
  });
  const cut = emptySet(syntheticUnits);
  const masks = [0, 1, 2, 3, 4].map((unit) => cut.map((_, id) => Number(id === unit)));
  const losses = await evaluator.losses({ kind: 'losses', cut, masks, windows: [0] }, new AbortController().signal);
  expect(asked).toEqual([5, 4, 3, 2, 1]);
  expect(losses.map(([loss]) => loss?.nllSum)).toEqual([1, 2, 3, 4, 5]);
  expect(evaluated).toBe(5);
  database.close();
});
