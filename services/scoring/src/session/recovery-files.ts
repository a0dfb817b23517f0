import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeRecovered } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { recoveredTensors } from '@bonsai/model';
import type { RecoveredModule, TransformerModel } from '@bonsai/model';
import type { RecoveryRecipe, UnitSet } from '@bonsai/pruning';
import { digest } from '@bonsai/support';

/** A recipe with the contents of its windows. */
export interface RecoverySource extends RecoveryRecipe {
  readonly windows: readonly Uint32Array[];
}

/** Who waits for a recovered model. */
export interface Caller {
  readonly signal: AbortSignal;
  /** Told of every module that is recovered on the way. */
  readonly getsOn: () => void;
}

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
 * how they are made. For the holder of the GPU's queue only.
 */
export class RecoveryFiles {
  #folder: Promise<string> | undefined;
  /** By digest, the latest used last. */
  readonly #paths = new Map<string, string>();

  /** The file of that digest, from the model as cut if it is not there. */
  async file(
    key: string,
    { windows, ...recipe }: RecoverySource,
    cutModel: () => Promise<TransformerModel>,
    { signal, getsOn }: Caller,
  ): Promise<string> {
    const known = this.#paths.get(key);
    if (known !== undefined) {
      this.#paths.delete(key);
      this.#paths.set(key, known);
      return known;
    }
    const modules: RecoveredModule[] = [];
    const model = await cutModel();
    for await (const module of model.recover({ ...recipe, windows, choice: recipe }, signal)) {
      modules.push(module);
      getsOn();
    }
    return this.add(key, modules);
  }

  /** Writes modules as the file of that digest. */
  async add(key: string, modules: readonly RecoveredModule[]): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'bonsai-recovered-'));
    const path = join(await this.#folder, `${key}.safetensors`);
    await rm(path, { force: true });
    await writeRecovered(path, recoveredTensors(modules));
    this.#paths.set(key, path);
    for (const [oldest, oldPath] of [...this.#paths].slice(0, -KEPT_FILES)) {
      this.#paths.delete(oldest);
      // Models that were loaded from it keep it open.
      await rm(oldPath, { force: true });
    }
    return path;
  }

  async close(): Promise<void> {
    if (this.#folder !== undefined) await rm(await this.#folder, { recursive: true, force: true });
  }
}
