import type { HostMatrix } from '@bonsai/ops';
import type { ModuleName, RecoveryRecipe, RecoveryTrial } from '@bonsai/pruning';

/** What to recover a cut model with. */
export interface RecoveryRequest extends Pick<RecoveryRecipe, 'method' | 'ridge'> {
  /** Token windows to fit on. */
  readonly windows: readonly Uint32Array[];
  /** Which modules to recover: these, or those whose recovery lowers the NLL of held-out windows. */
  readonly choice: Pick<RecoveryRecipe, 'modules'> | { readonly heldOut: readonly Uint32Array[] };
}

/** What makes up for the cut of a block: [hidden, kept columns] in place of its output projection, or a bias behind it, [1, hidden]. */
export type BlockRepair = { readonly weight: HostMatrix } | { readonly bias: HostMatrix };

/** What makes up for a cut: the repair of a block, or gains in place of the final norm's, [1, hidden]. */
export type Repair = BlockRepair | { readonly gains: HostMatrix };

/** One module's recovery. */
export interface RecoveredModule {
  readonly module: ModuleName;
  readonly repair: Repair;
  /** Where held-out windows decide. A refused recovery is as if it had not been, for the modules behind it too. */
  readonly trial: RecoveryTrial | undefined;
}
