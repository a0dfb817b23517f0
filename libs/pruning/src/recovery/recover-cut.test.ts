import { describe, expect, it } from '@jest/globals';
import type { LossesRequest, PruningAnswer, PruningRequest } from '../contract/pruning-procedure.ts';
import { emptySet } from '../units/unit-set.ts';
import { UnitTable } from '../units/unit-table.ts';
import { appliedRecovery, recoverCut } from './recover-cut.ts';
import type { RecoveryAttempt } from './recover-cut.ts';
import type { ModuleName, RecoveryOutcome, RecoveryTrial } from '../contract/recovery.ts';

const layer = { kvGroups: 2, ffnNeurons: 4 };
const units = new UnitTable({ hiddenSize: 8, headDim: 4, queryHeadsPerGroup: 1, layers: [layer, layer] });
const cut = emptySet(units).map((_, id) => Number(id % 2 === 0));
const attempt: RecoveryAttempt = { method: 'alignedLeastSquares', ridge: 0.01, windows: [0, 2, 3], heldOut: [1, 4] };
const windowTokens = [10, 20, 30, 40, 50];
const FIT = 4 * (10 + 30 + 40);
const JUDGE = 20 + 50;

const attention: ModuleName = { layer: 0, kind: 'attention' };
const ffn: ModuleName = { layer: 1, kind: 'ffn' };
const norm: ModuleName = { layer: 2, kind: 'finalNorm' };

function trialsOf(verdicts: readonly (readonly [ModuleName, boolean])[]): RecoveryTrial[] {
  return verdicts.map(([module, accepted]) => ({ module, accepted, nllBefore: 2, nllAfter: accepted ? 1.9 : 2.1 }));
}

/** Recovers the cut; a loss is that of the number of modules that are recovered. */
function recovered(
  trials: readonly RecoveryTrial[],
  lossOf: readonly number[] = [],
): { outcome: RecoveryOutcome; asked: LossesRequest[] } {
  const asked: LossesRequest[] = [];
  const answer = (request: PruningRequest): PruningAnswer => {
    if (request.kind === 'recover') return { kind: 'recovery', trials };
    if (request.kind !== 'losses') throw new Error(`${request.kind} is none of its business`);
    asked.push(request);
    return { kind: 'losses', losses: [lossOf[request.recovery?.modules.length ?? 0] ?? NaN] };
  };
  const procedure = recoverCut(cut, attempt, windowTokens);
  let step = procedure.next();
  while (step.done !== true) step = procedure.next(answer(step.value));
  return { outcome: step.value, asked };
}

describe('recoverCut', () => {
  it('takes the verdicts one by one where none is a refusal', () => {
    const trials = trialsOf([
      [attention, true],
      [ffn, true],
    ]);
    const { outcome, asked } = recovered(trials);
    expect(asked).toEqual([]);
    expect(outcome).toEqual({ ...attempt, modules: [attention, ffn], trials, forwardTokens: FIT + 4 * JUDGE });
  });

  const oneRefused = trialsOf([
    [attention, false],
    [ffn, true],
    [norm, true],
  ]);

  it('measures all together against the accepted ones where one is refused, on the windows that judge', () => {
    const { asked } = recovered(oneRefused, [3, 3, 1.7, 1.6]);
    const common = { kind: 'losses', cut, masks: [emptySet(units)], windows: attempt.heldOut };
    const { method, ridge, windows } = attempt;
    expect(asked).toEqual([
      { ...common, recovery: { method, ridge, windows, modules: [ffn, norm] } },
      { ...common, recovery: { method, ridge, windows, modules: [attention, ffn, norm] } },
    ]);
  });

  it('keeps all where their loss is lower', () => {
    const { outcome } = recovered(oneRefused, [3, 3, 1.7, 1.6]);
    expect(outcome.modules).toEqual([attention, ffn, norm]);
    expect(outcome.together).toEqual({ lossOfAccepted: 1.7, lossOfAll: 1.6, accepted: true });
    expect(outcome.trials).toBe(oneRefused);
    expect(outcome.forwardTokens).toBe(FIT + 5 * JUDGE + FIT + 2 * JUDGE);
  });

  it.each([
    ['it is not', 1.7],
    ['it is not finite', NaN],
  ])('stays with the verdicts one by one where %s', (_, lossOfAll) => {
    const { outcome } = recovered(oneRefused, [3, 3, 1.7, lossOfAll]);
    expect(outcome.modules).toEqual([ffn, norm]);
    expect(outcome.together).toEqual({ lossOfAccepted: 1.7, lossOfAll, accepted: false });
  });

  it('measures the cut alone where every one is refused', () => {
    const { outcome, asked } = recovered(
      trialsOf([
        [attention, false],
        [ffn, false],
      ]),
      [2, 3, 1.9],
    );
    expect(asked.map(({ recovery }) => recovery?.modules)).toEqual([undefined, [attention, ffn]]);
    expect(outcome.modules).toEqual([attention, ffn]);
  });

  it('asks no second time about a single one', () => {
    const { outcome, asked } = recovered(trialsOf([[ffn, false]]));
    expect(asked).toEqual([]);
    expect(outcome.modules).toEqual([]);
    expect(appliedRecovery(outcome)).toBeUndefined();
  });
});
