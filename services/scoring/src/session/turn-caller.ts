import type { Caller } from '@bonsai/model';

/** Who waits in a turn for a model, which may have to be loaded and recovered first, and for its work. */
export interface TurnCaller extends Caller {
  readonly signal: AbortSignal;
  readonly getsOn: () => void;
}
