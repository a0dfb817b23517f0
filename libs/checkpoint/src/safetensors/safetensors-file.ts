import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { corrupt } from '../checkpoint-errors.ts';
import { pointerProblem } from '../pointer-problem.ts';
import { HEADER_LENGTH_BYTES, MAX_HEADER_BYTES, parseSafetensorsHeader } from './header.ts';
import type { SafetensorsEntry } from './header.ts';

/** A safetensors file that stays open for reads at any position; nothing of its data is kept in memory. */
export class SafetensorsFile {
  /** Name without directory, for messages. */
  readonly name: string;
  readonly header: Uint8Array;
  readonly entries: readonly SafetensorsEntry[];
  readonly #handle: FileHandle;

  private constructor(name: string, header: Uint8Array, entries: readonly SafetensorsEntry[], handle: FileHandle) {
    this.name = name;
    this.header = header;
    this.entries = entries;
    this.#handle = handle;
  }

  /** @throws BonsaiError CHECKPOINT_CORRUPT, or the system's error where the file cannot be opened */
  static async open(path: string, name: string): Promise<SafetensorsFile> {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      const header = await readHeader(handle, size, name);
      return new SafetensorsFile(name, header, parseSafetensorsHeader(header, size, name), handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Fills `target` with the bytes at an absolute position of the file. @throws BonsaiError CHECKPOINT_CORRUPT */
  async read(target: Uint8Array, position: number): Promise<void> {
    await readFully(this.#handle, target, position, this.name);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function readHeader(handle: FileHandle, size: number, name: string): Promise<Uint8Array> {
  if (size < HEADER_LENGTH_BYTES) {
    throw corrupt(name, `${name} has only ${size} bytes: not a safetensors file; download it again.`);
  }
  const length = new Uint8Array(HEADER_LENGTH_BYTES);
  await readFully(handle, length, 0, name);
  const headerBytes = Number(new DataView(length.buffer).getBigUint64(0, true));
  const available = Math.min(size - HEADER_LENGTH_BYTES, MAX_HEADER_BYTES);
  if (headerBytes > available) {
    const message = `${name} announces a header of ${headerBytes} bytes where ${available} are possible; download it again.`;
    throw corrupt(name, pointerProblem(length, name) ?? message);
  }
  const header = new Uint8Array(headerBytes);
  await readFully(handle, header, HEADER_LENGTH_BYTES, name);
  return header;
}

async function readFully(handle: FileHandle, target: Uint8Array, position: number, name: string): Promise<void> {
  let done = 0;
  while (done < target.byteLength) {
    const { bytesRead } = await handle.read(target, done, target.byteLength - done, position + done);
    if (bytesRead === 0) throw corrupt(name, `${name} ended at byte ${position + done} while it was being read.`);
    done += bytesRead;
  }
}
