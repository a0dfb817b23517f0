import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storeFailed } from './store-error.ts';

/** Ends the name of a file that is being written. */
const PART = '.part';

/** Files of recovered weights under their SHA-256, in a folder beside the store. Written once, never changed. */
export class WeightsStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what a planner that was killed left half written. */
  async sweep(): Promise<void> {
    const files = await readdir(this.#folder).catch(() => []);
    for (const file of files) if (file.endsWith(PART)) await rm(join(this.#folder, file), { force: true });
  }

  async has(digest: string): Promise<boolean> {
    return access(this.#path(digest)).then(
      () => true,
      () => false,
    );
  }

  /**
   * Stores a file that comes in pieces; it is on the disk when this resolves.
   * @returns its digest
   * @throws BonsaiError STORE_FAILED, and what the pieces throw
   */
  async add(pieces: AsyncIterable<Uint8Array>): Promise<string> {
    const staged = join(this.#folder, `${randomUUID()}${PART}`);
    try {
      await mkdir(this.#folder, { recursive: true });
      const digest = await write(staged, pieces);
      await rename(staged, this.#path(digest));
      return digest;
    } catch (error) {
      throw isSystemError(error) ? this.#notWritten(error) : error;
    } finally {
      await rm(staged, { force: true }).catch(() => undefined);
    }
  }

  /** @throws BonsaiError STORE_FAILED if the file is gone */
  async *read(digest: string): AsyncGenerator<Uint8Array, void, undefined> {
    const path = this.#path(digest);
    if (!(await this.has(digest))) {
      const advice = 'resume the job (bonsai jobs resume), which makes them again';
      throw storeFailed(`The recovered weights ${path} are gone; ${advice}.`);
    }
    for await (const piece of createReadStream(path)) yield piece as Uint8Array;
  }

  /** Idempotent. @throws BonsaiError STORE_FAILED */
  async remove(digest: string): Promise<void> {
    const path = this.#path(digest);
    await rm(path, { force: true }).catch((cause: unknown) => {
      throw storeFailed(`The recovered weights ${path} cannot be removed; make their folder writable.`, cause);
    });
  }

  #notWritten(cause: Error): Error {
    const advice = 'free some space there or make it writable, then resume the job';
    return storeFailed(
      `The recovered weights cannot be written into ${this.#folder} (${cause.message}); ${advice}.`,
      cause,
    );
  }

  #path(digest: string): string {
    return join(this.#folder, `${digest}.safetensors`);
  }
}

async function write(path: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** By its property: errors of Node's own do not share the `Error` of a test environment. */
function isSystemError(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}
