import { randomUUID } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDiskFull, noRoom, writeRecovered } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { recoveredTensors } from '@bonsai/model';
import type { RecoveredModule, TransformerModel } from '@bonsai/model';
import type { RecoverySource, UnitSet } from '@bonsai/pruning';
import { digest } from '@bonsai/support';
import type { TurnCaller } from './turn-caller.ts';

/** Files kept: what a few jobs work on at the same time. An older one is made again when it is asked for. */
const KEPT_FILES = 4;

/** Content address of recovered weights, from all that determines them. */
export function recoveryDigest(
  { revision }: Checkpoint,
  cut: UnitSet,
  precision: string,
  { method, ridge, modules, windows }: RecoverySource,
): string {
  const names = modules.map(({ layer, kind }) => `${layer} ${kind}`);
  const contents = windows.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  return digest(['recovery.v1', revision, digest([cut]), precision, method, ridge, digest(names), digest(contents)]);
}

/**
 * Recovered weights on the disk, as long as this process lives: nothing is lost with them, for whoever asks for them says
 * how they are made. Their files have no names, so that the system takes them back however the process ends. For the holder of
 * the GPU's queue only.
 */
export class RecoveryFiles {
  readonly #folder: string;
  /** By digest, the latest used last. */
  readonly #files = new Map<string, FileHandle>();

  /** @param folder on whose disk they are */
  constructor(folder = tmpdir()) {
    this.#folder = folder;
  }

  /** Path of the file of that digest, which is made from the model as cut if it is not there. */
  async file(
    key: string,
    { windows, ...recipe }: RecoverySource,
    cutModel: () => Promise<TransformerModel>,
    caller: TurnCaller,
  ): Promise<string> {
    const known = this.#files.get(key);
    if (known !== undefined) {
      this.#files.delete(key);
      this.#files.set(key, known);
      return pathOf(known);
    }
    const modules: RecoveredModule[] = [];
    const model = await cutModel();
    for await (const module of model.recover({ ...recipe, windows, choice: recipe }, caller)) modules.push(module);
    return this.add(key, modules);
  }

  /**
   * Writes modules as the file of that digest.
   * @returns its path, which can be opened for as long as the file is kept
   * @throws BonsaiError OUTPUT_FAILED if the disk is full
   */
  async add(key: string, modules: readonly RecoveredModule[]): Promise<string> {
    const file = await openNameless(this.#folder);
    try {
      await writeRecovered(file, recoveredTensors(modules));
    } catch (error) {
      await file.close();
      throw isDiskFull(error)
        ? noRoom(this.#folder, `Recovered weights do not fit into ${this.#folder}`, error)
        : error;
    }
    await this.#drop(key);
    this.#files.set(key, file);
    for (const oldest of [...this.#files.keys()].slice(0, -KEPT_FILES)) await this.#drop(oldest);
    return pathOf(file);
  }

  async close(): Promise<void> {
    for (const key of [...this.#files.keys()]) await this.#drop(key);
  }

  /** Models that were loaded from the file keep it open. */
  async #drop(key: string): Promise<void> {
    const file = this.#files.get(key);
    this.#files.delete(key);
    await file?.close();
  }
}

async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, `bonsai-recovered-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

/** Linux opens a file once more by its descriptor. */
const pathOf = ({ fd }: FileHandle): string => `/proc/self/fd/${fd}`;
