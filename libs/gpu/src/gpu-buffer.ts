import type { BufferStorage } from './buffer-storage.ts';
import { firstOf, type Failure } from './failure.ts';

/** Bits of GPUBufferUsage and GPUMapMode, as WebGPU defines them. */
export const BUFFER_USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, storage: 0x80 } as const;
export const MAP_MODE_READ = 0x1;

/**
 * Storage on the device. It is counted: whoever records work on a buffer retains it, so that a buffer which its owner
 * releases goes back to the pool only after that work is in the queue.
 */
export class GpuBuffer {
  /** Bytes asked for; the storage behind may be larger. */
  readonly byteLength: number;
  readonly #storage: BufferStorage;
  readonly #free: () => void;
  #failure: Failure;
  #owners = 1;

  constructor(storage: BufferStorage, byteLength: number, free: () => void) {
    this.byteLength = byteLength;
    this.#storage = storage;
    this.#free = free;
    this.#failure = storage.failure;
  }

  get handle(): GPUBuffer {
    return this.#storage.handle;
  }

  /** Of its allocation and of what was written to it so far. Work on this buffer fails with it. */
  get failure(): Failure {
    return this.#failure;
  }

  /** Makes a failure that nobody waits for one of this buffer. */
  inherit(failure: Failure): void {
    this.#failure = firstOf([this.#failure, failure]);
  }

  /** Keeps the storage, in whatever state it is, from other buffers. */
  spoil(): void {
    this.#storage.spoil();
  }

  get released(): boolean {
    return this.#owners === 0;
  }

  retain(): void {
    if (this.released) throw new RangeError(`buffer ${this.handle.label} is used after its release`);
    this.#owners++;
  }

  release(): void {
    if (this.released) throw new RangeError(`buffer ${this.handle.label} is released twice`);
    this.#owners -= 1;
    if (this.#owners === 0) this.#free();
  }
}
