import type { ModuleName, Recovery } from '@bonsai/pruning';
import type { HostMatrix } from '@bonsai/ops';

/** What to recover a cut model with. */
export interface RecoveryRequest extends Pick<Recovery, 'method' | 'ridge'> {
  /** Token windows to fit on. */
  readonly windows: readonly Uint32Array[];
  /** Which modules to recover: these, or those whose recovery lowers the NLL of held-out windows. */
  readonly choice: { readonly modules: readonly ModuleName[] } | { readonly heldOut: readonly Uint32Array[] };
}

/** One module's recovery, with its trial where held-out windows decide. */
export interface RecoveredModule extends ModuleName {
  /** [hidden, kept columns] in place of the module's output projection. */
  readonly weight: HostMatrix;
  /** Mean NLL per token of the held-out windows. */
  readonly trial: { readonly nllBefore: number; readonly nllAfter: number } | undefined;
  /** Whether the modules after it were recovered on its outputs. */
  readonly accepted: boolean;
}
