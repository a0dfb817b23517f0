import { invalidArgument } from '@bonsai/support';
import type { ModelConfig } from '@bonsai/checkpoint';
import { removesEverything, unevenLayer, union } from '@bonsai/pruning';
import type { UnitSet, UnitTable } from '@bonsai/pruning';

/** @throws BonsaiError WINDOW_LENGTH, TOKEN_OUT_OF_RANGE */
export function checkWindows(windows: readonly Uint32Array[], config: ModelConfig): void {
  for (const [i, window] of windows.entries()) {
    if (window.length < 2 || window.length > config.contextLength) {
      const message = `Window ${i} has ${window.length} tokens; this model takes windows of 2 to ${config.contextLength}.`;
      throw invalidArgument('WINDOW_LENGTH', `windows[${i}]`, message);
    }
    const at = window.findIndex((token) => token >= config.vocabSize);
    if (at < 0) continue;
    const message = `Token ${window[at]} of window ${i} is not in the vocabulary of ${config.vocabSize}; was the text tokenized for another model?`;
    throw invalidArgument('TOKEN_OUT_OF_RANGE', `windows[${i}].token_ids[${at}]`, message);
  }
}

/**
 * A set of removed units, given what is cut already.
 * @throws BonsaiError MASK_LENGTH, MASK_REMOVES_EVERYTHING, MASK_HEADS_UNEVEN
 */
export function checkRemoved(removed: UnitSet, cut: UnitSet, units: UnitTable, field: string): void {
  if (removed.length !== units.count) {
    const message = `${field} covers ${removed.length} units, but the model has ${units.count}.`;
    throw invalidArgument('MASK_LENGTH', field, message);
  }
  const all = union(removed, cut);
  if (removesEverything(units, all)) {
    const message = `${field} leaves no attention head and no FFN neuron in the whole model; keep at least one.`;
    throw invalidArgument('MASK_REMOVES_EVERYTHING', field, message);
  }
  const layer = unevenLayer(units, all);
  if (layer === undefined) return;
  const message = `${field} leaves the KV groups of layer ${layer} different numbers of query heads, or none; keep equally many of each.`;
  throw invalidArgument('MASK_HEADS_UNEVEN', field, message);
}
