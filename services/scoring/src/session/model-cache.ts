import { openCheckpoint, openRecovered } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { packedModelBytes } from '@bonsai/model';
import type { RecoveredModule, TransformerModel } from '@bonsai/model';
import type { Backend, WeightPrecision } from '@bonsai/ops';
import type { RecoverySource, UnitSet } from '@bonsai/pruning';
import { BonsaiError, digest } from '@bonsai/support';
import type { ComputeDevice } from './compute-device.ts';
import type { ModelTarget } from './model-target.ts';
import { RecoveryFiles, recoveryDigest } from './recovery-files.ts';
import type { TurnCaller } from './turn-caller.ts';

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
  caller: TurnCaller,
) => Promise<TransformerModel>;

/** What is kept on the device between requests; one model may exceed it alone. */
export interface CacheCapacity {
  /** Of weights. */
  readonly bytes: number;
  readonly models: number;
}

/**
 * Models on the device, keyed by revision, cut, recovery and precision, the least recently used leaving first. Its methods are for
 * the holder of the GPU's queue only: a model must not leave while somebody uses it.
 */
export class ModelCache {
  readonly #device: ComputeDevice;
  readonly #loadModel: LoadModel;
  readonly #capacity: CacheCapacity;
  readonly #recoveryFiles = new RecoveryFiles();
  /** In order of use, the latest last. */
  readonly #models = new Map<string, CacheEntry>();

  constructor(device: ComputeDevice, loadModel: LoadModel, capacity: CacheCapacity) {
    this.#device = device;
    this.#loadModel = loadModel;
    this.#capacity = capacity;
  }

  /** Least recently used first. */
  list(): readonly CachedModel[] {
    return [...this.#models.values()];
  }

  /** @throws BonsaiError of the checkpoint; DEVICE_OUT_OF_MEMORY if the model does not fit even alone; CANCELLED */
  async acquire(target: ModelTarget, caller: TurnCaller): Promise<TransformerModel> {
    // The first of a number format is tried out on the device, which takes memory too.
    const backend = await this.#retrying(() => this.#device.backend(target.precision), undefined);
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
    await this.#makeRoom(packedModelBytes(target.checkpoint.config, target.cut, backend.sizes));
    // A model reads its checkpoint as long as it lives, a request is over sooner.
    const original = await reopen(target.checkpoint);
    const checkpoint = weights === undefined ? original : await openRecovered(original, target.cut, weights);
    try {
      const load = (): Promise<TransformerModel> => this.#loadModel(backend, checkpoint, target.cut, caller);
      const model = await this.#retrying(load, undefined);
      this.#models.set(key, { path: target.path, revision, cutDigest, precision, model, checkpoint });
      return model;
    } catch (error) {
      await checkpoint.close();
      throw error;
    }
  }

  /**
   * Does `work` on a target's model, and once again where memory ran out: all other models have left by then, and the driver has
   * back what nobody uses.
   * @throws what {@link acquire} throws; the signal's reason
   */
  async use<T>(target: ModelTarget, caller: TurnCaller, work: (model: TransformerModel) => Promise<T>): Promise<T> {
    const model = await this.acquire(target, caller);
    caller.signal.throwIfAborted();
    return this.#retrying(() => work(model), model);
  }

  /** Path of the target's recovered weights, which are made where they are missing. */
  async recoveredFile(target: ModelTarget, caller: TurnCaller): Promise<string | undefined> {
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
    await this.#evictAllBut(undefined);
    await this.#recoveryFiles.close();
  }

  async #precisionOf({ precision }: ModelTarget): Promise<WeightPrecision> {
    return (await this.#device.backend(precision)).weightPrecision;
  }

  async #retrying<T>(work: () => Promise<T>, kept: TransformerModel | undefined): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      await this.#evictAllBut(kept);
      await this.#device.reclaim();
      return await work();
    }
  }

  async #evictAllBut(kept: TransformerModel | undefined): Promise<void> {
    for (const [key, entry] of [...this.#models]) if (entry.model !== kept) await this.#evict(key, entry);
  }

  /** The pool's storage leaves too: it has sizes of other models. */
  async #makeRoom(bytes: number): Promise<void> {
    let used = this.list().reduce((sum, { model }) => sum + model.weightBytes, 0);
    for (const [key, entry] of [...this.#models]) {
      if (used + bytes <= this.#capacity.bytes && this.#models.size < this.#capacity.models) break;
      used -= entry.model.weightBytes;
      await this.#evict(key, entry);
    }
    await this.#device.reclaim();
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

function isOutOfMemory(error: unknown): boolean {
  return error instanceof BonsaiError && error.reason === 'DEVICE_OUT_OF_MEMORY';
}
