/** Bits of GPUBufferUsage and GPUMapMode, as WebGPU defines them. */
export const BUFFER_USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, storage: 0x80 } as const;
export const MAP_MODE_READ = 0x1;

/**
 * Storage on the device. It is counted: whoever records work on a buffer retains it, so that a buffer which its owner
 * releases goes back to the pool only after that work is in the queue.
 */
export class GpuBuffer {
  readonly handle: GPUBuffer;
  /** Bytes asked for; the storage behind may be larger. */
  readonly byteLength: number;
  readonly #free: () => void;
  #owners = 1;

  constructor(handle: GPUBuffer, byteLength: number, free: () => void) {
    this.handle = handle;
    this.byteLength = byteLength;
    this.#free = free;
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
