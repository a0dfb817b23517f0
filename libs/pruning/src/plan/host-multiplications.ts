import { pricedCuts } from '../constraints/pricing-procedure.ts';
import { obsMultiplications, refitMultiplications } from '../contract/host-algebra.ts';
import { methodTraits, roundCount, statisticsOf } from '../contract/method-traits.ts';
import type { PruningProblem } from '../contract/pruning-problem.ts';
import type { PruningSettings } from '../contract/pruning-procedure.ts';
import { PRIOR_CANDIDATES } from '../prior/best-prior-procedure.ts';
import { unprotectedProblem } from '../protection/unprotected-problem.ts';

/** One by one, and all together where one was refused. */
const FITS_PER_RECOVERY = 2;

/** The output projection of a block. */
interface Projection {
  readonly columns: number;
  /** Whether it may lose some. */
  readonly shrinks: boolean;
}

/**
 * Multiplications of all OBS energies and least squares that the job has its scorer's host compute: the most that it may ask for,
 * if every round takes an equal share of the columns of every block that may lose some.
 * @param settings of a share, as validated
 */
export function hostMultiplications(settings: PruningSettings, problem: PruningProblem): number {
  return obsInAll(settings, problem) + refitsInAll(settings, problem);
}

function obsInAll(settings: PruningSettings, problem: PruningProblem): number {
  if (!statisticsOf(settings).includes('obs')) return 0;
  const { projections, keptAfter } = evenCuts(settings, problem);
  const passOver = (kept: number): number =>
    projections.reduce((sum, { columns, shrinks }) => sum + obsMultiplications(shrinks ? kept * columns : columns), 0);
  // Those of the race of priors are those of the first round.
  let sum = pricesProtected(settings) ? passOver(1) : 0;
  for (let done = 0; done < roundCount(settings); done++) sum += passOver(keptAfter(done));
  return sum;
}

function refitsInAll(settings: PruningSettings, problem: PruningProblem): number {
  const { recovery, method, prior } = settings;
  // Blocks that lose everything have nothing left to refit.
  if (recovery === undefined || recovery.method === 'bias' || methodTraits(method).removesBlocks) return 0;
  const { projections, keptAfter } = evenCuts(settings, problem);
  const { hiddenSize } = problem.units.shape;
  const refit = (kept: number): number =>
    projections
      .filter(({ shrinks }) => shrinks)
      .reduce((sum, { columns }) => sum + refitMultiplications(kept * columns, columns, hiddenSize), 0);
  const rounds = roundCount(settings);
  let sum = prior === 'best' ? PRIOR_CANDIDATES.length * refit(keptAfter(rounds)) : 0;
  for (let done = recovery.schedule === 'everyRound' ? 1 : rounds; done <= rounds; done++) {
    sum += FITS_PER_RECOVERY * refit(keptAfter(done));
  }
  return sum;
}

/** Whether units of protected layers are measured too, in the whole model, to say what protecting them costs. */
function pricesProtected(settings: PruningSettings): boolean {
  return (settings.protectedLayers ?? []).length > 0 && pricedCuts(settings) > 0;
}

interface EvenCuts {
  readonly projections: readonly Projection[];
  /** The share of the columns of those that shrink that is left after some rounds. */
  readonly keptAfter: (rounds: number) => number;
}

function evenCuts(settings: PruningSettings, problem: PruningProblem): EvenCuts {
  const { settings: inner, problem: free } = unprotectedProblem(settings, problem);
  const { layers, queryHeadsPerGroup, headDim } = problem.units.shape;
  const projections = layers.flatMap(({ kvGroups, ffnNeurons }, layer): Projection[] => [
    {
      columns: kvGroups * queryHeadsPerGroup * headDim,
      shrinks: free.units.module(layer, 'kvGroup').count > 0,
    },
    { columns: ffnNeurons, shrinks: free.units.module(layer, 'ffnNeuron').count > 0 },
  ]);
  return { projections, keptAfter: (rounds) => 1 - (inner.sparsity * rounds) / roundCount(settings) };
}
