import type { ModelConfig } from '@bonsai/checkpoint';
import type { ModuleName, RecoveryRecipe } from '@bonsai/pruning';
import { unpackRecovery } from '@bonsai/rpc';
import type { recoveryProto, scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import type { BonsaiError } from '@bonsai/support';
import type { ModelTarget } from '../session/model-target.ts';
import type { RequestBudget } from './request-budget.ts';
import { WindowParts } from './window-parts.ts';

/** Collects what a request's recovery is fitted on. */
export class RecoveryParts {
  readonly #recipe: RecoveryRecipe | undefined;
  readonly #windows: WindowParts;

  /** @throws BonsaiError REQUEST_INVALID, SETTING_INVALID for the recipe */
  constructor(message: recoveryProto.Recovery | undefined, config: ModelConfig, budget: RequestBudget) {
    this.#recipe = message === undefined ? undefined : unpackRecovery(message, 'header.recovery');
    for (const [i, module] of this.#recipe?.modules.entries() ?? []) {
      if (!isModuleOf(config, module)) throw noLayer(config.layerCount, `header.recovery.modules[${i}].layer`);
    }
    this.#windows = new WindowParts(config, budget, 'recovery_windows');
  }

  /** @throws BonsaiError as {@link WindowParts.add}; REQUEST_INVALID where the header names no recovery */
  add(chunk: scoringProto.WindowChunk): void {
    if (this.#recipe === undefined) {
      throw invalidArgument(
        'REQUEST_INVALID',
        'header.recovery',
        'Name the recovery that the recovery windows are for, or leave them out.',
      );
    }
    this.#windows.add(chunk);
  }

  /** The target, recovered if the request says so. @throws BonsaiError REQUEST_INVALID if its windows did not come */
  finish(target: ModelTarget): ModelTarget {
    if (this.#recipe === undefined) return target;
    return { ...target, recovery: { ...this.#recipe, windows: this.#windows.finish() } };
  }
}

/** The final norm is behind all layers. */
function isModuleOf({ layerCount }: ModelConfig, { layer, kind }: ModuleName): boolean {
  return kind === 'finalNorm' ? layer === layerCount : layer < layerCount;
}

function noLayer(layers: number, field: string): BonsaiError {
  return invalidArgument(
    'REQUEST_INVALID',
    field,
    `Name a layer of the model, 0 to ${layers - 1}; the final norm has the number ${layers}.`,
  );
}
