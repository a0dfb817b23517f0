import type { AdapterInfo } from './adapter-info.ts';
import { DeviceMemory, type AllocationOptions, type MemoryUse } from './device-memory.ts';
import { ErrorScopes } from './error-scopes.ts';
import { MAP_MODE_READ, type GpuBuffer } from './gpu-buffer.ts';
import { KernelCache, type Kernel, type KernelDescription } from './kernel-cache.ts';

/** One run of a kernel over a grid of workgroups. */
export interface Dispatch {
  /** Names the kernel variant; equal keys must mean equal descriptions. */
  readonly key: string;
  readonly describe: () => KernelDescription;
  readonly buffers: readonly GpuBuffer[];
  readonly immediates: ArrayBuffer;
  readonly grid: readonly [number, number, number];
}

/** A write is copied by the driver before it returns, a read through a buffer of its own; pieces bound what that takes. */
export const TRANSFER_PIECE_BYTES = 4 * 2 ** 20;

/** A WebGPU device with counted memory, cached kernels and typed errors. Made by openDevice. */
export class GpuDevice {
  readonly info: AdapterInfo;
  readonly #device: GPUDevice;
  readonly #scopes: ErrorScopes;
  readonly #memory: DeviceMemory;
  readonly #kernels: KernelCache;
  #encoded: Promise<void> = Promise.resolve();

  constructor(device: GPUDevice, info: AdapterInfo, memoryBudget?: number) {
    this.info = info;
    this.#device = device;
    this.#scopes = new ErrorScopes(device);
    this.#memory = new DeviceMemory(device, this.#scopes, memoryBudget);
    this.#kernels = new KernelCache(device, this.#scopes);
  }

  get memory(): MemoryUse {
    return this.#memory;
  }

  /** A limit of the device under its WebGPU name, 0 if it has no such limit. */
  limit(name: keyof GPUSupportedLimits): number {
    const value = this.#device.limits[name];
    return typeof value === 'number' ? value : 0;
  }

  hasFeature(name: GPUFeatureName): boolean {
    return this.#device.features.has(name);
  }

  /** Bytes of memory that a pooled buffer takes: its length, rounded up. */
  pooledSize(byteLength: number): number {
    return this.#memory.pooledSize(byteLength);
  }

  /** @throws BonsaiError DEVICE_OUT_OF_MEMORY */
  allocate(byteLength: number, options: AllocationOptions): GpuBuffer {
    return this.#memory.allocate(byteLength, options);
  }

  /** Fills `buffer` with zeros, after all work queued so far. */
  clear(buffer: GpuBuffer): void {
    this.#scopes.guard(() => {
      const encoder = this.#device.createCommandEncoder();
      encoder.clearBuffer(buffer.handle);
      this.#device.queue.submit([encoder.finish()]);
    });
  }

  /** Copies `data` into `buffer` from its start, after all work queued so far. Its byte length is a multiple of 4. */
  write(buffer: GpuBuffer, data: Float32Array | Uint32Array): void {
    for (let from = 0; from < data.byteLength; from += TRANSFER_PIECE_BYTES) this.#writePiece(buffer, data, from);
  }

  /** As {@link write}; between pieces the rest of the process has its turn. */
  async upload(buffer: GpuBuffer, data: Uint32Array): Promise<void> {
    for (let from = 0; from < data.byteLength; from += TRANSFER_PIECE_BYTES) {
      this.#writePiece(buffer, data, from);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Compiles a kernel ahead of its first run. @throws BonsaiError DEVICE_VALIDATION */
  async prepare(key: string, describe: () => KernelDescription): Promise<void> {
    await this.#kernels.get(key, describe);
  }

  /**
   * Runs the dispatches in order as one submission. `whenQueued` is called as soon as their buffers may be reused by
   * later work; the promise resolves when the GPU has finished.
   * @throws BonsaiError DEVICE_VALIDATION, DEVICE_OUT_OF_MEMORY, DEVICE_LOST
   */
  async run(dispatches: readonly Dispatch[], whenQueued: () => void = () => undefined): Promise<void> {
    const before = this.#encoded;
    const encoding = this.#encodeAfter(before, dispatches).finally(whenQueued);
    this.#encoded = encoding.catch(() => undefined);
    await encoding;
    await this.finish();
  }

  /** Resolves when all queued work is done. @throws BonsaiError of that work */
  async finish(): Promise<void> {
    await this.#scopes.wait(this.#device.queue.onSubmittedWorkDone());
    await this.#scopes.settle();
  }

  /** The first `byteLength` bytes of `buffer`. */
  async read(buffer: GpuBuffer, byteLength: number): Promise<ArrayBuffer> {
    await this.#encoded;
    const bytes = new Uint8Array(byteLength);
    const pieceBytes = Math.min(byteLength, TRANSFER_PIECE_BYTES);
    const staging = this.#memory.allocate(pieceBytes, { label: 'read-back', pooled: true, staging: true });
    try {
      for (let from = 0; from < byteLength; from += pieceBytes) {
        await this.#readPiece(buffer, from, staging, bytes.subarray(from, from + pieceBytes));
      }
      return bytes.buffer;
    } finally {
      staging.release();
    }
  }

  /** Ends the device; buffers that are still held become useless. */
  async dispose(): Promise<void> {
    await this.#encoded;
    this.#memory.trim();
    this.#device.destroy();
    await this.#device.lost;
  }

  #writePiece(buffer: GpuBuffer, data: Float32Array | Uint32Array, from: number): void {
    const bytes = Math.min(TRANSFER_PIECE_BYTES, data.byteLength - from);
    this.#scopes.guard(() =>
      this.#device.queue.writeBuffer(buffer.handle, from, data.buffer, data.byteOffset + from, bytes),
    );
  }

  async #readPiece(buffer: GpuBuffer, from: number, staging: GpuBuffer, piece: Uint8Array): Promise<void> {
    const mapped = this.#scopes.guard(() => {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer.handle, from, staging.handle, 0, piece.byteLength);
      this.#device.queue.submit([encoder.finish()]);
      return staging.handle.mapAsync(MAP_MODE_READ, 0, piece.byteLength);
    });
    await this.#scopes.wait(mapped);
    await this.#scopes.settle();
    piece.set(new Uint8Array(staging.handle.getMappedRange(0, piece.byteLength)));
    staging.handle.unmap();
  }

  async #encodeAfter(before: Promise<void>, dispatches: readonly Dispatch[]): Promise<void> {
    const compiled = await Promise.all(
      dispatches.map(async (dispatch) => ({
        dispatch,
        kernel: await this.#kernels.get(dispatch.key, dispatch.describe),
      })),
    );
    await before;
    this.#scopes.guard(() => {
      const encoder = this.#device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const { dispatch, kernel } of compiled) this.#encode(pass, dispatch, kernel);
      pass.end();
      this.#device.queue.submit([encoder.finish()]);
    });
  }

  #encode(pass: GPUComputePassEncoder, dispatch: Dispatch, kernel: Kernel): void {
    const entries = dispatch.buffers.map((buffer, binding) => ({
      binding,
      resource: { buffer: buffer.handle, size: Math.max(4, buffer.byteLength) },
    }));
    pass.setPipeline(kernel.pipeline);
    pass.setBindGroup(0, this.#device.createBindGroup({ layout: kernel.layout, entries }));
    if (dispatch.immediates.byteLength > 0) pass.setImmediates(0, dispatch.immediates);
    pass.dispatchWorkgroups(...dispatch.grid);
  }
}
