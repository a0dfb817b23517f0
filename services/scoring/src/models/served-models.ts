import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { openCheckpoint } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { BonsaiError, invalidArgument } from '@bonsai/support';

/** A model as a request names it. */
export interface ModelName {
  /** Relative to the served root. */
  readonly path: string;
  /** Digest that the checkpoint must have; empty for any. */
  readonly revision: string;
}

/** The checkpoints under one directory; nothing outside it can be named. */
export class ServedModels {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** @throws BonsaiError CHECKPOINT_NOT_FOUND if the root does not exist */
  static async at(root: string): Promise<ServedModels> {
    const path = await realpath(root).catch((cause: unknown) => {
      throw new BonsaiError(`There is no directory ${root}; give the one that holds your models.`, {
        code: 'NOT_FOUND',
        reason: 'CHECKPOINT_NOT_FOUND',
        field: '--models-root',
        cause,
      });
    });
    return new ServedModels(path);
  }

  /**
   * Opens a checkpoint for the time of one request; the caller closes it.
   * @param field path of the name in the request, for errors
   * @throws BonsaiError MODEL_OUTSIDE_ROOT, MODEL_REVISION_MISMATCH and those of openCheckpoint
   */
  async open({ path, revision }: ModelName, field: string): Promise<Checkpoint> {
    const directory = await this.#resolve(path, `${field}.path`);
    const checkpoint = await openCheckpoint(directory).catch((error: unknown) => {
      throw isNotFound(error) ? notFound(path, `${field}.path`, error) : error;
    });
    if (revision === '' || revision === checkpoint.revision) return checkpoint;
    await checkpoint.close();
    throw new BonsaiError(
      `Model "${path}" is at revision ${checkpoint.revision}, not ${revision}: its files changed. Start over with the new revision or restore the old files.`,
      { code: 'FAILED_PRECONDITION', reason: 'MODEL_REVISION_MISMATCH', field: `${field}.revision` },
    );
  }

  async #resolve(path: string, field: string): Promise<string> {
    if (path === '') throw invalidArgument('REQUEST_INVALID', field, 'Name a model, relative to the served root.');
    if (path.includes('\0')) throw invalidArgument('REQUEST_INVALID', field, 'A path has no zero bytes.');
    if (isAbsolute(path)) throw outsideRoot(path, field);
    const joined = join(this.#root, path);
    if (!this.#contains(joined)) throw outsideRoot(path, field);
    // Links are followed before the check. Files within a model's directory may be links to anywhere, as in the
    // Hugging Face cache: who can write there could as well put the file itself.
    const directory = await realpath(joined).catch((cause: unknown) => {
      throw notFound(path, field, cause);
    });
    if (!this.#contains(directory)) throw outsideRoot(path, field);
    return directory;
  }

  #contains(path: string): boolean {
    const inside = relative(this.#root, path);
    return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
  }
}

function outsideRoot(path: string, field: string): BonsaiError {
  return new BonsaiError(`"${path}" is outside the served root; name a model by its path below the root.`, {
    code: 'PERMISSION_DENIED',
    reason: 'MODEL_OUTSIDE_ROOT',
    field,
  });
}

function isNotFound(error: unknown): boolean {
  return error instanceof BonsaiError && error.reason === 'CHECKPOINT_NOT_FOUND';
}

/** Says nothing about the machine's directories above the root. */
function notFound(path: string, field: string, cause: unknown): BonsaiError {
  return new BonsaiError(`There is no model "${path}" under the served root.`, {
    code: 'NOT_FOUND',
    reason: 'CHECKPOINT_NOT_FOUND',
    field,
    cause,
  });
}
