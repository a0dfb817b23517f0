import { deviceValidation } from './device-errors.ts';
import type { ErrorScopes } from './error-scopes.ts';

export interface KernelDescription {
  readonly label: string;
  readonly code: string;
  /** Storage buffers of group 0 in order of binding. */
  readonly bindings: readonly ('read' | 'write')[];
  /** Bytes of the `var<immediate>` struct, 0 for none. */
  readonly immediateBytes: number;
  /** Values of the WGSL overrides. */
  readonly constants: Readonly<Record<string, number>>;
}

export interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const COMPUTE_STAGE = 0x4;

async function compileErrors(module: GPUShaderModule, scopes: ErrorScopes): Promise<string> {
  const info = await scopes.wait(module.getCompilationInfo());
  const errors = info.messages.filter((message) => message.type === 'error');
  return errors.map((message) => `line ${message.lineNum}: ${message.message}`).join('; ');
}

/** Compiles each kernel variant once. A variant that failed may be tried again. */
export class KernelCache {
  readonly #device: GPUDevice;
  readonly #scopes: ErrorScopes;
  readonly #kernels = new Map<string, Promise<Kernel>>();

  constructor(device: GPUDevice, scopes: ErrorScopes) {
    this.#device = device;
    this.#scopes = scopes;
  }

  /** @throws BonsaiError DEVICE_VALIDATION with the messages of the WGSL compiler */
  async get(key: string, describe: () => KernelDescription): Promise<Kernel> {
    let kernel = this.#kernels.get(key);
    if (kernel === undefined) {
      kernel = this.#compile(describe());
      this.#kernels.set(key, kernel);
      kernel.catch(() => this.#kernels.delete(key));
    }
    return kernel;
  }

  async #compile(description: KernelDescription): Promise<Kernel> {
    const { label, code, bindings, immediateBytes, constants } = description;
    const device = this.#device;
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ label, code });
    const layout = device.createBindGroupLayout({
      label,
      entries: bindings.map((access, binding) => ({
        binding,
        visibility: COMPUTE_STAGE,
        buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
      })),
    });
    const pipelineLayout = device.createPipelineLayout({
      label,
      bindGroupLayouts: [layout],
      immediateSize: immediateBytes,
    });
    const failure = device.popErrorScope();
    const compiled = device.createComputePipelineAsync({
      label,
      layout: pipelineLayout,
      compute: { module, entryPoint: 'main', constants: { ...constants } },
    });
    try {
      const pipeline = await this.#scopes.wait(compiled);
      const error = await this.#scopes.wait(failure);
      if (error === null) return { pipeline, layout };
      throw new Error(error.message);
    } catch (cause) {
      const details = (await compileErrors(module, this.#scopes)) || String(cause);
      throw deviceValidation(`kernel ${label} does not compile: ${details}`, cause);
    }
  }
}
