/** What a device is and can do, in the names of WebGPU. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** What is below WebGPU: vulkan, or null, which computes nothing. */
  readonly backend: string;
  readonly features: readonly string[];
  /** Names as in GPUSupportedLimits. */
  readonly limits: Readonly<Record<string, number>>;
  /** Invocations that a subgroup may have; 0 where the adapter has no subgroups. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** Products that the matrix units take, as operand type, sum type and MxNxK: 'f16 f32 16x16x16'. */
  readonly matrixShapes: readonly string[];
  /** True for a driver that computes on the CPU. */
  readonly software: boolean;
}

/** Architecture and device strings by which Mesa's llvmpipe and SwiftShader name themselves. */
const SOFTWARE_NAMES = /llvmpipe|swiftshader|\bsoftware\b/i;

/** What WebGPU's types do not know yet. */
interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

function matrixShapes(info: GPUAdapterInfo): string[] {
  const { subgroupMatrixConfigs = [] } = info as { subgroupMatrixConfigs?: Iterable<MatrixConfig> };
  return Array.from(
    subgroupMatrixConfigs,
    ({ componentType, resultComponentType, M, N, K }) => `${componentType} ${resultComponentType} ${M}x${N}x${K}`,
  );
}

function numericLimits(limits: GPUSupportedLimits): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const name in limits) {
    const value: unknown = Reflect.get(limits, name);
    if (typeof value === 'number') numbers[name] = value;
  }
  return numbers;
}

export function describeAdapter(adapter: GPUAdapter, backend: string): AdapterInfo {
  const info = adapter.info;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    backend,
    features: [...adapter.features].sort(),
    limits: numericLimits(adapter.limits),
    subgroupMinSize: info.subgroupMinSize ?? 0,
    subgroupMaxSize: info.subgroupMaxSize ?? 0,
    matrixShapes: matrixShapes(info),
    software: SOFTWARE_NAMES.test(`${info.architecture} ${info.device} ${info.description}`),
  };
}
