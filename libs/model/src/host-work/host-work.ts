import type { Phases } from '../linear-algebra/phases.ts';
import { refitPhases } from '../recovery/refit.ts';
import type { RefitWork } from '../recovery/refit.ts';
import { obsPhases } from '../statistics/obs-energy.ts';
import type { ObsWork } from '../statistics/obs-energy.ts';

/** What the host calculates in f64 from sums that the device made. All arrays are shared; results are written into it. */
export type HostWork = ObsWork | RefitWork;

export function phasesOf(work: HostWork): Phases {
  return work.kind === 'refit' ? refitPhases(work) : obsPhases(work);
}
