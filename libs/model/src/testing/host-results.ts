import type { HostMatrix } from '@bonsai/ops';
import { atOnce } from '../linear-algebra/phases.ts';
import { refitPhases, refitWork } from '../recovery/refit.ts';
import type { RefitProblem } from '../recovery/refit.ts';
import { obsPhases, obsWork } from '../statistics/obs-energy.ts';
import type { ObsProblem } from '../statistics/obs-energy.ts';

/** What the host makes of a problem, without threads. */
export function refitted(problem: RefitProblem): HostMatrix {
  const work = refitWork(problem);
  atOnce(refitPhases(work));
  return work.refitted;
}

/** What the host makes of a problem, without threads. */
export function obsEnergies(problem: ObsProblem): readonly Float64Array[] {
  const work = obsWork(problem);
  atOnce(obsPhases(work));
  return work.energies;
}
