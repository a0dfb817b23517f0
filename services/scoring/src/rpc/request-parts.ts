import { checkWindow } from '@bonsai/checkpoint';
import type { ModelConfig } from '@bonsai/checkpoint';
import { checkRemoval, union } from '@bonsai/pruning';
import type { UnitSet, UnitTable } from '@bonsai/pruning';
import type { ModuleName, RecoveryRecipe } from '@bonsai/pruning';
import { unpackRecovery, unpackUnitSet, unpackWindow } from '@bonsai/rpc';
import type { planProto, recoveryProto, scoringProto } from '@bonsai/rpc';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import type { ModelTarget } from '../session/model-cache.ts';
import type { MaskSource } from '../session/scoring-session.ts';

/** Bytes that a request may still add before it is too large to hold. */
export class RequestBudget {
  #left: number;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** @throws BonsaiError REQUEST_TOO_LARGE */
  take(bytes: number, field: string): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const message = `One request holds at most ${this.#limit} bytes of windows and masks; send the rest in another.`;
    throw new BonsaiError(message, { code: 'RESOURCE_EXHAUSTED', reason: 'REQUEST_TOO_LARGE', field });
  }
}

/** Collects the windows of a request, each checked against the model as it arrives. */
export class WindowParts {
  readonly windows: Uint32Array[] = [];
  readonly #config: ModelConfig;
  readonly #budget: RequestBudget;
  readonly #name: string;

  /** @param name of the field that brings them, for errors */
  constructor(config: ModelConfig, budget: RequestBudget, name = 'windows') {
    this.#config = config;
    this.#budget = budget;
    this.#name = name;
  }

  /** @throws BonsaiError WINDOW_LENGTH, TOKEN_OUT_OF_RANGE, REQUEST_TOO_LARGE */
  add(chunk: scoringProto.WindowChunk): void {
    for (const message of chunk.windows) {
      const field = `${this.#name}[${this.windows.length}].token_ids`;
      this.#budget.take(4 * message.tokenIds.length, field);
      checkWindow(message.tokenIds, this.#config, field);
      this.windows.push(unpackWindow(message));
    }
  }

  /** @throws BonsaiError REQUEST_INVALID if none came */
  finish(): readonly Uint32Array[] {
    if (this.windows.length === 0) throw missing(this.#name, 'Send at least one window of token ids.');
    return this.windows;
  }
}

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
      throw missing('header.recovery', 'Name the recovery that the recovery windows are for, or leave them out.');
    }
    this.#windows.add(chunk);
  }

  /** The target, recovered if the request says so. @throws BonsaiError REQUEST_INVALID if its windows did not come */
  finish(target: ModelTarget): ModelTarget {
    if (this.#recipe === undefined) return target;
    return { ...target, recovery: { ...this.#recipe, windows: this.#windows.finish() } };
  }
}

/** Collects the masks of a request, each checked as it arrives and kept packed: a set takes a byte per unit, its bits an eighth. */
export class MaskParts {
  readonly #units: UnitTable;
  readonly #cut: UnitSet;
  readonly #budget: RequestBudget;
  readonly #messages: planProto.UnitSet[] = [];

  constructor(units: UnitTable, cut: UnitSet, budget: RequestBudget) {
    this.#units = units;
    this.#cut = cut;
    this.#budget = budget;
  }

  get count(): number {
    return this.#messages.length;
  }

  /** @throws BonsaiError MASK_LENGTH, MASK_REMOVES_EVERYTHING, MASK_HEADS_UNEVEN, REQUEST_TOO_LARGE */
  add(chunk: scoringProto.MaskChunk): void {
    for (const message of chunk.masks) {
      const field = `masks[${this.count}]`;
      this.#budget.take(packedBytes(message), field);
      checkRemoval(this.#units, union(this.#cut, unpackUnitSet(this.#units, message, field)), field);
      this.#messages.push(message);
    }
  }

  /** @throws BonsaiError REQUEST_INVALID if none came */
  finish(): MaskSource {
    if (this.count === 0) throw missing('masks', 'Send at least one mask; an empty set measures the model as cut.');
    return { count: this.count, at: (index) => unpackUnitSet(this.#units, this.#messages[index], `masks[${index}]`) };
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

function packedBytes(message: planProto.UnitSet): number {
  return message.layers.reduce(
    (sum, { kvGroups, ffnNeurons, queryHeads }) => sum + kvGroups.length + ffnNeurons.length + queryHeads.length,
    0,
  );
}

export function missing(field: string, message: string): BonsaiError {
  return invalidArgument('REQUEST_INVALID', field, message);
}
