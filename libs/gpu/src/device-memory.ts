import { BufferStorage } from './buffer-storage.ts';
import { outOfDeviceMemory } from './device-errors.ts';
import type { ErrorScopes } from './error-scopes.ts';
import { BUFFER_USAGE, GpuBuffer } from './gpu-buffer.ts';

/** Device memory as this process accounts for it, in bytes; what the driver takes for itself is not in it. */
export interface MemoryUse {
  /** Bytes in buffers that somebody holds. */
  readonly used: number;
  /** Most bytes ever in use. */
  readonly peak: number;
  /** Bytes in use and bytes that wait in the pool. */
  readonly reserved: number;
  /** Most bytes that may be reserved; Infinity where the driver is the limit. */
  readonly budget: number;
}

export interface AllocationOptions {
  readonly label: string;
  /** Take storage from the pool, and give it back there: for buffers that come and go. Its content is undefined. */
  readonly pooled: boolean;
  /** Readable by the host instead of usable by kernels. */
  readonly staging?: boolean;
}

const SMALLEST_CLASS = 256;

/**
 * The pool holds, in use and idle, at most so many times what was ever in use of it at once. A pass needs less than that of all its
 * sizes together; every cut of a model has sizes of its own, which would pile up.
 */
const MOST_OF_PEAK = 2;

/** Storage sizes come in eight steps per power of two: at most an eighth is wasted and sizes are shared. */
export function sizeClass(byteLength: number): number {
  if (byteLength <= SMALLEST_CLASS) return SMALLEST_CLASS;
  const step = Math.max(SMALLEST_CLASS, 2 ** (Math.ceil(Math.log2(byteLength)) - 4));
  return Math.ceil(byteLength / step) * step;
}

/** Allocates buffers, counts their bytes, keeps released ones for reuse, and holds the total under a budget. */
export class DeviceMemory implements MemoryUse {
  readonly #device: GPUDevice;
  readonly #scopes: ErrorScopes;
  readonly budget: number;
  /** By usage and size; what was released longest ago comes first. */
  readonly #idle = new Map<string, IdleStorage>();
  #used = 0;
  #peak = 0;
  #pooledUsed = 0;
  #pooledPeak = 0;
  #idleBytes = 0;

  constructor(device: GPUDevice, scopes: ErrorScopes, budget = Number.POSITIVE_INFINITY) {
    this.#device = device;
    this.#scopes = scopes;
    this.budget = budget;
  }

  get used(): number {
    return this.#used;
  }

  get peak(): number {
    return this.#peak;
  }

  get reserved(): number {
    return this.#used + this.#idleBytes;
  }

  /** @throws BonsaiError DEVICE_OUT_OF_MEMORY over the limit of one buffer or over the budget */
  allocate(byteLength: number, options: AllocationOptions): GpuBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const limit = Math.min(maxBufferSize, options.staging === true ? maxBufferSize : maxStorageBufferBindingSize);
    if (byteLength > limit) {
      throw outOfDeviceMemory(
        `This GPU takes at most ${limit} bytes in one buffer and ${byteLength} are needed (${options.label}); ` +
          'use shorter windows or a smaller model.',
      );
    }
    const size = options.pooled ? this.pooledSize(byteLength) : Math.max(4, byteLength);
    const usage =
      options.staging === true
        ? BUFFER_USAGE.mapRead | BUFFER_USAGE.copyTarget
        : BUFFER_USAGE.storage | BUFFER_USAGE.copySource | BUFFER_USAGE.copyTarget;
    const pool = options.pooled ? `${usage}:${size}` : undefined;
    const storage = this.#reuse(pool) ?? this.#create(size, usage, options);
    this.#count(size, options.pooled);
    return new GpuBuffer(storage, byteLength, () => {
      this.#count(-size, options.pooled);
      if (pool === undefined || storage.spoiled) storage.handle.destroy();
      else this.#keep(pool, storage, size);
    });
  }

  /** Bytes of storage that a pooled buffer takes. */
  pooledSize(byteLength: number): number {
    return Math.min(sizeClass(byteLength), this.#device.limits.maxBufferSize);
  }

  /** Gives the pool's storage back to the driver. */
  trim(): void {
    this.#leaveIdle(0);
  }

  #count(size: number, pooled: boolean): void {
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    if (!pooled) return;
    this.#pooledUsed += size;
    this.#pooledPeak = Math.max(this.#pooledPeak, this.#pooledUsed);
  }

  #reuse(pool: string | undefined): BufferStorage | undefined {
    const idle = pool === undefined ? undefined : this.#idle.get(pool);
    const storage = idle?.storages.pop();
    if (idle !== undefined && storage !== undefined) this.#idleBytes -= idle.size;
    return storage;
  }

  #keep(pool: string, storage: BufferStorage, size: number): void {
    const storages = this.#idle.get(pool)?.storages ?? [];
    storages.push(storage);
    this.#idle.delete(pool);
    this.#idle.set(pool, { size, storages });
    this.#idleBytes += size;
  }

  /** Destroys idle storage, what was released longest ago first, until no more than so many bytes are left. */
  #leaveIdle(bytes: number): void {
    for (const [pool, { size, storages }] of this.#idle) {
      while (this.#idleBytes > bytes && storages.length > 0) {
        storages.pop()?.handle.destroy();
        this.#idleBytes -= size;
      }
      if (storages.length > 0) return;
      this.#idle.delete(pool);
    }
  }

  #create(size: number, usage: number, { label, pooled }: AllocationOptions): BufferStorage {
    const pooledSize = this.#pooledUsed + (pooled ? size : 0);
    const mostPooled = MOST_OF_PEAK * Math.max(this.#pooledPeak, pooledSize);
    this.#leaveIdle(Math.max(0, Math.min(mostPooled - pooledSize, this.budget - this.#used - size)));
    if (this.#used + size > this.budget) {
      throw outOfDeviceMemory(
        `The GPU memory that Bonsai may use is too small: of ${this.budget} bytes, ${this.#used} are in use and ${size} more ` +
          `are needed (${label}); raise --gpu-memory of the scorer or use shorter windows.`,
      );
    }
    return new BufferStorage(this.#scopes.guard(() => this.#device.createBuffer({ label, size, usage })));
  }
}

interface IdleStorage {
  readonly size: number;
  readonly storages: BufferStorage[];
}
