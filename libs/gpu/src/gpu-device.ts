import type { AdapterInfo } from './adapter-info.ts';
import { deviceValidation } from './device-errors.ts';
import { DeviceMemory, type AllocationOptions, type MemoryUse } from './device-memory.ts';
import { ErrorScopes } from './error-scopes.ts';
import type { Failure } from './failure.ts';
import { BUFFER_USAGE, MAP_MODE_READ, type GpuBuffer } from './gpu-buffer.ts';
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
  #encoded: Promise<unknown> = Promise.resolve();

  constructor(device: GPUDevice, info: AdapterInfo, memoryBudget?: number) {
    this.info = info;
    this.#device = device;
    this.#scopes = new ErrorScopes(device, () => this.#memory.trim());
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

  /**
   * Where the driver refuses, work on the buffer fails with DEVICE_OUT_OF_MEMORY.
   * @throws BonsaiError DEVICE_OUT_OF_MEMORY over the limit of one buffer or over the budget
   */
  allocate(byteLength: number, options: AllocationOptions): GpuBuffer {
    return this.#memory.allocate(byteLength, options);
  }

  /** Fills `buffer` with zeros, after all work queued so far. If that fails, so does work on the buffer. */
  clear(buffer: GpuBuffer): void {
    const { failure } = this.#scopes.guard(() => {
      const encoder = this.#device.createCommandEncoder();
      encoder.clearBuffer(buffer.handle);
      this.#device.queue.submit([encoder.finish()]);
    });
    buffer.inherit(failure);
  }

  /**
   * Copies `data` into `buffer` from its start, after all work queued so far. Its byte length is a multiple of 4. If that
   * fails, so does work on the buffer.
   */
  write(buffer: GpuBuffer, data: Float32Array | Uint32Array): void {
    for (let from = 0; from < data.byteLength; from += TRANSFER_PIECE_BYTES) this.#writePiece(buffer, data, from);
  }

  /**
   * As {@link write}; between pieces the rest of the process has its turn.
   * @throws BonsaiError DEVICE_OUT_OF_MEMORY, also where it is the buffer that the driver refused, DEVICE_LOST
   */
  async upload(buffer: GpuBuffer, data: Float32Array | Uint32Array): Promise<void> {
    for (let from = 0; from < data.byteLength; from += TRANSFER_PIECE_BYTES) {
      this.#writePiece(buffer, data, from);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await this.#scopes.settle([buffer.failure]);
  }

  /** Compiles a kernel ahead of its first run. @throws BonsaiError DEVICE_VALIDATION */
  async prepare(key: string, describe: () => KernelDescription): Promise<void> {
    await this.#kernels.get(key, describe);
  }

  /**
   * Runs the dispatches in order as one submission. `whenQueued` is called as soon as their buffers may be reused by
   * later work; the promise resolves when the GPU has finished.
   * @throws BonsaiError DEVICE_VALIDATION, DEVICE_OUT_OF_MEMORY of these dispatches or of their buffers, DEVICE_LOST
   */
  async run(dispatches: readonly Dispatch[], whenQueued: () => void = () => undefined): Promise<void> {
    const before = this.#encoded;
    const encoding = this.#encodeAfter(before, dispatches).finally(whenQueued);
    this.#encoded = Promise.allSettled([encoding]);
    const failures = await encoding;
    await this.#scopes.wait(this.#device.queue.onSubmittedWorkDone());
    await this.#scopes.settle(failures);
  }

  /** The first `byteLength` bytes of `buffer`. @throws BonsaiError as {@link run} */
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
    } catch (error) {
      // It may be mapped, or about to be.
      staging.spoil();
      throw error;
    } finally {
      staging.release();
    }
  }

  /**
   * Gives idle storage back, and waits until the driver has all that was released: Dawn frees nothing before a later submission,
   * an empty one does not count, has ended. To be called where the next allocation needs that memory.
   * @throws BonsaiError DEVICE_LOST
   */
  async reclaim(): Promise<void> {
    await this.#encoded;
    this.#memory.trim();
    // The first may take along writes to what was released, so that only the second comes later.
    await this.#submitLittle();
    await this.#submitLittle();
  }

  /** Ends the device; buffers that are still held become useless. */
  async dispose(): Promise<void> {
    await this.#encoded;
    this.#memory.trim();
    this.#device.destroy();
    await this.#device.lost;
  }

  async #submitLittle(): Promise<void> {
    // Beside the budget, which may be used up.
    const { value: buffer } = this.#scopes.guard(() => {
      const buffer = this.#device.createBuffer({ label: 'reclaim', size: 4, usage: BUFFER_USAGE.copyTarget });
      const encoder = this.#device.createCommandEncoder();
      encoder.clearBuffer(buffer);
      this.#device.queue.submit([encoder.finish()]);
      return buffer;
    });
    await this.#scopes.wait(this.#device.queue.onSubmittedWorkDone());
    buffer.destroy();
  }

  #writePiece(buffer: GpuBuffer, data: Float32Array | Uint32Array, from: number): void {
    const bytes = Math.min(TRANSFER_PIECE_BYTES, data.byteLength - from);
    const { failure } = this.#scopes.guard(() =>
      this.#device.queue.writeBuffer(buffer.handle, from, data.buffer, data.byteOffset + from, bytes),
    );
    buffer.inherit(failure);
  }

  async #readPiece(buffer: GpuBuffer, from: number, staging: GpuBuffer, piece: Uint8Array): Promise<void> {
    const { value: mapped, failure } = this.#scopes.guard(() => {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer.handle, from, staging.handle, 0, piece.byteLength);
      this.#device.queue.submit([encoder.finish()]);
      return staging.handle.mapAsync(MAP_MODE_READ, 0, piece.byteLength);
    });
    const [mapping] = await Promise.allSettled([this.#scopes.wait(mapped)]);
    await this.#scopes.settle([buffer.failure, staging.failure, failure]);
    if (mapping.status === 'rejected') throw deviceValidation('a result cannot be read back', mapping.reason);
    piece.set(new Uint8Array(staging.handle.getMappedRange(0, piece.byteLength)));
    staging.handle.unmap();
  }

  /** What may have failed: buffers first, because the encoding fails with them. */
  async #encodeAfter(before: Promise<unknown>, dispatches: readonly Dispatch[]): Promise<Failure[]> {
    const compiled = await Promise.all(
      dispatches.map(async (dispatch) => ({
        dispatch,
        kernel: await this.#kernels.get(dispatch.key, dispatch.describe),
      })),
    );
    await before;
    const buffers = new Set(dispatches.flatMap((dispatch) => dispatch.buffers));
    const { failure } = this.#scopes.guard(() => {
      const encoder = this.#device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const { dispatch, kernel } of compiled) this.#encode(pass, dispatch, kernel);
      pass.end();
      this.#device.queue.submit([encoder.finish()]);
    });
    return [...[...buffers].map((buffer) => buffer.failure), failure];
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
