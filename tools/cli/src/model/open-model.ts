import { basename, resolve, sep } from 'node:path';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import type { ModelShape } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';
import type { Terminal } from '../output/terminal.ts';

/** Longest window by default: what published perplexities use, and what fits small GPUs. */
const LONGEST_DEFAULT_CONTEXT = 2048;

/** A checkpoint directory of this machine, checked. */
export interface LocalModel {
  readonly directory: string;
  /** Its path under the root that the scorers serve. */
  readonly path: string;
  readonly revision: string;
  readonly shape: ModelShape;
  /** Longest window that the model reads, in tokens. */
  readonly contextLength: number;
}

/**
 * Tokens per window, by default what the model reads, up to a length that small GPUs hold.
 * @throws BonsaiError SETTING_INVALID if the model reads less than was asked for
 */
export function windowLength({ contextLength }: LocalModel, wanted?: number, option = '--context'): number {
  if (wanted === undefined) return Math.min(contextLength, LONGEST_DEFAULT_CONTEXT);
  if (wanted <= contextLength) return wanted;
  throw invalidArgument('SETTING_INVALID', option, `The model reads ${contextLength} tokens; give at most that.`);
}

/**
 * Says on stderr what the user should know about the checkpoint.
 * @param scorers where the model is evaluated: a scorer that runs elsewhere has it by its name directly under its root,
 *   one that is started here serves the whole file system
 * @throws BonsaiError if there is no usable checkpoint
 */
export async function openModel(
  directory: string,
  scorers: string | undefined,
  terminal: Terminal,
): Promise<LocalModel> {
  const absolute = resolve(directory);
  const checkpoint = await openCheckpoint(absolute);
  await checkpoint.close();
  for (const note of checkpoint.notes ?? []) terminal.err(`note: ${note}\n`);
  return {
    directory: absolute,
    path: scorers === undefined ? absolute.split(sep).filter(Boolean).join('/') : basename(absolute),
    revision: checkpoint.revision,
    shape: modelShape(checkpoint.config),
    contextLength: checkpoint.config.contextLength,
  };
}
