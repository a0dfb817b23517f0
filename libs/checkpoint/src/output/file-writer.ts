import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** Appends to a new file and knows how far it is. */
export class FileWriter {
  #position = 0;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Runs `write` on a new file, which is flushed to the disk before this resolves. */
  static async create(path: string, write: (writer: FileWriter) => Promise<void>): Promise<void> {
    const handle = await open(path, 'wx');
    try {
      await write(new FileWriter(handle));
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  get position(): number {
    return this.#position;
  }

  async write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.byteLength) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.byteLength - done, this.#position);
      done += bytesWritten;
      this.#position += bytesWritten;
    }
  }

  /** Zero bytes up to the next multiple of `alignment`. */
  async align(alignment: number): Promise<void> {
    const rest = this.#position % alignment;
    if (rest !== 0) await this.write(new Uint8Array(alignment - rest));
  }
}
