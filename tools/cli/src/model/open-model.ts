import { basename, resolve, sep } from 'node:path';
import { modelShape, openCheckpoint } from '@bonsai/checkpoint';
import type { ModelShape } from '@bonsai/pruning';

/** Longest window by default: what published perplexities use, and what fits small GPUs. */
const LONGEST_DEFAULT_CONTEXT = 2048;

/** A checkpoint directory of this machine, checked. */
export interface LocalModel {
  readonly directory: string;
  /** Its path under the root that the scorers serve. */
  readonly path: string;
  readonly revision: string;
  readonly shape: ModelShape;
  readonly defaultContext: number;
}

/**
 * @param scorers where the model is evaluated: a scorer that runs elsewhere has it by its name directly under its root,
 *   one that is started here serves the whole file system
 * @throws BonsaiError if there is no usable checkpoint
 */
export async function openModel(directory: string, scorers: string | undefined): Promise<LocalModel> {
  const absolute = resolve(directory);
  const checkpoint = await openCheckpoint(absolute);
  await checkpoint.close();
  return {
    directory: absolute,
    path: scorers === undefined ? absolute.split(sep).filter(Boolean).join('/') : basename(absolute),
    revision: checkpoint.revision,
    shape: modelShape(checkpoint.config),
    defaultContext: Math.min(checkpoint.config.contextLength, LONGEST_DEFAULT_CONTEXT),
  };
}
