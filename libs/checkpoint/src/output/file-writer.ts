import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** Appends to a file and knows how far it is. */
export class FileWriter {
  #position = 0;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /**
   * Runs `write` on a new file, which is flushed to the disk before this resolves.
   * @param file its path, or an empty file that is open for writing and stays open
   */
  static async create(file: string | FileHandle, write: (writer: FileWriter) => Promise<void>): Promise<void> {
    if (typeof file !== 'string') {
      await FileWriter.#fill(file, write);
      return;
    }
    const handle = await open(file, 'wx');
    try {
      await FileWriter.#fill(handle, write);
    } finally {
      await handle.close();
    }
  }

  static async #fill(handle: FileHandle, write: (writer: FileWriter) => Promise<void>): Promise<void> {
    await write(new FileWriter(handle));
    await handle.sync();
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
