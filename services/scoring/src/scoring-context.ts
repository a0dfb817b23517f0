import type { WeightPrecision } from '@bonsai/ops';
import type { ServedModels } from './models/served-models.ts';
import type { ScoringSession } from './session/scoring-session.ts';

/** What every RPC works with. */
export interface ScoringContext {
  readonly models: ServedModels;
  readonly session: ScoringSession;
  /** For requests that do not ask for one; undefined: as the checkpoint is stored. */
  readonly defaultPrecision: WeightPrecision | undefined;
  /** Bytes of windows and masks that one request may hold in memory. */
  readonly maxRequestBytes: number;
}
