import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { CHUNK_BYTES } from '@bonsai/rpc';

/** A file that is opened for somebody who may have left by then. */
export class FileToSend {
  #file: FileHandle | undefined;
  #closed = false;

  async open(path: string): Promise<void> {
    const file = await open(path);
    if (this.#closed) await file.close();
    else this.#file = file;
  }

  /** From its beginning, once; nothing of a file that was not opened. */
  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#file === undefined) return;
    for await (const piece of this.#file.createReadStream({ highWaterMark: CHUNK_BYTES })) yield piece as Uint8Array;
  }

  /** For good: a file that is opened later is closed at once. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#file?.close();
  }
}
