import { openCheckpoint, openRecovered } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import type { RecoveredModule, TransformerModel } from '@bonsai/model';
import type { Backend, WeightPrecision } from '@bonsai/ops';
import type { RecoverySource, UnitSet } from '@bonsai/pruning';
import { BonsaiError, digest } from '@bonsai/support';
import type { ComputeDevice } from './compute-device.ts';
import { RecoveryFiles, recoveryDigest } from './recovery-files.ts';
import type { Caller } from './recovery-files.ts';

/** A checkpoint with some units cut out of its weights. */
export interface ModelTarget {
  /** As the client names it, for the list of loaded models. */
  readonly path: string;
  /** Open for the time of the request. */
  readonly checkpoint: Checkpoint;
  readonly cut: UnitSet;
  readonly precision: WeightPrecision;
  /** What makes up for the cut; undefined: nothing. */
  readonly recovery: RecoverySource | undefined;
}

/** The set of no units of the same model. */
export const nothingOf = (set: UnitSet): UnitSet => new Uint8Array(set.length);

export interface CachedModel {
  readonly path: string;
  readonly revision: string;
  readonly cutDigest: string;
  readonly precision: WeightPrecision;
  readonly model: TransformerModel;
}

interface CacheEntry extends CachedModel {
  readonly checkpoint: Checkpoint;
}

export type LoadModel = (
  backend: Backend,
  checkpoint: Checkpoint,
  cut: UnitSet,
  caller: Caller,
) => Promise<TransformerModel>;

/**
 * Models on the device, keyed by revision, cut, recovery and precision, the least recently used leaving first. Its methods are for
 * the holder of the GPU's queue only: a model must not leave while somebody uses it.
 */
export class ModelCache {
  readonly #device: ComputeDevice;
  readonly #loadModel: LoadModel;
  readonly #capacity: number;
  readonly #recoveryFiles = new RecoveryFiles();
  /** In order of use, the latest last. */
  readonly #models = new Map<string, CacheEntry>();

  /** @param capacity bytes of weights to keep; one model may exceed it alone */
  constructor(device: ComputeDevice, loadModel: LoadModel, capacity: number) {
    this.#device = device;
    this.#loadModel = loadModel;
    this.#capacity = capacity;
  }

  /** Least recently used first. */
  list(): readonly CachedModel[] {
    return [...this.#models.values()];
  }

  /** @throws BonsaiError of the checkpoint; DEVICE_OUT_OF_MEMORY if the model does not fit even alone; CANCELLED */
  async acquire(target: ModelTarget, caller: Caller): Promise<TransformerModel> {
    const backend = await this.#device.backend(target.precision);
    const precision = backend.weightPrecision;
    const { revision } = target.checkpoint;
    const cutDigest = digest([target.cut]);
    const recovered =
      target.recovery === undefined ? '' : recoveryDigest(target.checkpoint, target.cut, precision, target.recovery);
    const key = `${revision}/${cutDigest}/${precision}/${recovered}`;
    const cached = this.#models.get(key);
    if (cached !== undefined) {
      this.#models.delete(key);
      this.#models.set(key, cached);
      return cached.model;
    }
    // A recovery loads the model as cut, which may leave again to make room.
    const weights = await this.recoveredFile(target, caller);
    await this.#makeRoom(estimatedWeightBytes(target.checkpoint, precision));
    // A model reads its checkpoint as long as it lives, a request is over sooner.
    const original = await reopen(target.checkpoint);
    const checkpoint = weights === undefined ? original : await openRecovered(original, target.cut, weights);
    try {
      const model = await this.#load(backend, checkpoint, target.cut, caller);
      this.#models.set(key, { path: target.path, revision, cutDigest, precision, model, checkpoint });
      return model;
    } catch (error) {
      await checkpoint.close();
      throw error;
    }
  }

  /** Path of the target's recovered weights, which are made where they are missing. */
  async recoveredFile(target: ModelTarget, caller: Caller): Promise<string | undefined> {
    const { recovery, checkpoint, cut } = target;
    if (recovery === undefined) return undefined;
    const key = recoveryDigest(checkpoint, cut, await this.#precisionOf(target), recovery);
    return this.#recoveryFiles.file(
      key,
      recovery,
      () => this.acquire({ ...target, recovery: undefined }, caller),
      caller,
    );
  }

  /** Keeps the outcome of a recovery for those who will ask for it. */
  async keepRecovered(
    target: ModelTarget,
    recovery: RecoverySource,
    modules: readonly RecoveredModule[],
  ): Promise<void> {
    const key = recoveryDigest(target.checkpoint, target.cut, await this.#precisionOf(target), recovery);
    await this.#recoveryFiles.add(key, modules);
  }

  async close(): Promise<void> {
    await this.evictAllBut(undefined);
    await this.#recoveryFiles.close();
  }

  async #precisionOf({ precision }: ModelTarget): Promise<WeightPrecision> {
    return (await this.#device.backend(precision)).weightPrecision;
  }

  /** Makes room in an emergency. @returns whether anything but `kept` was there to leave */
  async evictAllBut(kept: TransformerModel | undefined): Promise<boolean> {
    const others = [...this.#models].filter(([, { model }]) => model !== kept);
    for (const [key, entry] of others) await this.#evict(key, entry);
    return others.length > 0;
  }

  async #load(backend: Backend, checkpoint: Checkpoint, cut: UnitSet, caller: Caller): Promise<TransformerModel> {
    try {
      return await this.#loadModel(backend, checkpoint, cut, caller);
    } catch (error) {
      if (!isOutOfMemory(error) || !(await this.evictAllBut(undefined))) throw error;
      return await this.#loadModel(backend, checkpoint, cut, caller);
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    let used = this.list().reduce((sum, { model }) => sum + model.weightBytes, 0);
    for (const [key, entry] of [...this.#models]) {
      if (used + bytes <= this.#capacity) return;
      used -= entry.model.weightBytes;
      await this.#evict(key, entry);
    }
  }

  async #evict(key: string, { model, checkpoint }: CacheEntry): Promise<void> {
    this.#models.delete(key);
    model.release();
    await checkpoint.close();
  }
}

/** @throws BonsaiError MODEL_REVISION_MISMATCH if the files changed since the request began */
async function reopen(checkpoint: Checkpoint): Promise<Checkpoint> {
  const again = await openCheckpoint(checkpoint.directory);
  if (again.revision === checkpoint.revision) return again;
  await again.close();
  throw new BonsaiError('The files of the model changed while it was being loaded; send the request again.', {
    code: 'FAILED_PRECONDITION',
    reason: 'MODEL_REVISION_MISMATCH',
    field: 'header.model.revision',
  });
}

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof BonsaiError && error.reason === 'DEVICE_OUT_OF_MEMORY';
}

/** Of the whole checkpoint: a cut only makes it smaller. */
function estimatedWeightBytes(checkpoint: Checkpoint, precision: WeightPrecision): number {
  const bytesPerWeight = precision === 'f32' ? 4 : 2;
  let weights = 0;
  for (const { shape } of checkpoint.tensors.values()) weights += shape.reduce((product, size) => product * size, 1);
  return weights * bytesPerWeight;
}
