import type { ModelConfig } from '@bonsai/checkpoint';
import { NO_TARGET } from '@bonsai/ops';
import type { Backend, Indices } from '@bonsai/ops';
import type { Holdings } from '../holdings.ts';
import type { Batch } from './forward-pass.ts';
import type { BatchedMasks } from './mask-selections.ts';
import { rotaryTable } from './rotary-table.ts';

/** Uploads windows of one length. @param masks none: the model as it is, once */
export function uploadBatch(
  backend: Backend,
  config: ModelConfig,
  windows: readonly Uint32Array[],
  masks: BatchedMasks | undefined,
  holdings: Holdings,
): Batch {
  const windowLength = windows[0]?.length ?? 0;
  const table = rotaryTable(config, windowLength);
  return {
    branchRows: windows.length * windowLength,
    windowLength,
    tokens: holdings.keep(backend.indices(concatenate(windows))),
    rotaryTable: holdings.keep(backend.matrix(table.rows, table.cols, table.data)),
    masks: masks?.layers,
  };
}

/** Each token's successor; nothing for the last token of a window. */
export function uploadTargets(backend: Backend, windows: readonly Uint32Array[], holdings: Holdings): Indices {
  const targets = concatenate(windows).copyWithin(0, 1);
  let end = 0;
  for (const window of windows) {
    end += window.length;
    targets[end - 1] = NO_TARGET;
  }
  return holdings.keep(backend.indices(targets));
}

function concatenate(windows: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(windows.reduce((sum, window) => sum + window.length, 0));
  let at = 0;
  for (const window of windows) {
    all.set(window, at);
    at += window.length;
  }
  return all;
}
