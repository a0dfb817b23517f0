import { checkRemoval, union } from '@bonsai/pruning';
import type { UnitSet, UnitTable } from '@bonsai/pruning';
import { unpackUnitSet } from '@bonsai/rpc';
import type { planProto, scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import type { MaskSource } from '../session/evaluation-work.ts';
import type { RequestBudget } from './request-budget.ts';

/** Of one layer: KV groups, neurons, query heads. */
const BIT_SETS = 3;

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
      this.#budget.take(packedBytes(message), BIT_SETS * message.layers.length, field);
      checkRemoval(this.#units, union(this.#cut, unpackUnitSet(this.#units, message, field)), field);
      this.#messages.push(message);
    }
  }

  /** @throws BonsaiError REQUEST_INVALID if none came */
  finish(): MaskSource {
    if (this.count === 0)
      throw invalidArgument(
        'REQUEST_INVALID',
        'masks',
        'Send at least one mask; an empty set measures the model as cut.',
      );
    return { count: this.count, at: (index) => unpackUnitSet(this.#units, this.#messages[index], `masks[${index}]`) };
  }
}

function packedBytes(message: planProto.UnitSet): number {
  return message.layers.reduce(
    (sum, { kvGroups, ffnNeurons, queryHeads }) => sum + kvGroups.length + ffnNeurons.length + queryHeads.length,
    0,
  );
}
