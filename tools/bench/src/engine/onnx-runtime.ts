import { ramp } from './op-works.ts';
import type { Work } from './measure.ts';

/** The part of onnxruntime-node that is used: the package is 288 MB and not installed with the others. */
interface OnnxRuntime {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { intraOpNumThreads: number },
    ): Promise<{
      run(feeds: Readonly<Record<string, object>>): Promise<unknown>;
    }>;
  };
}

const RUNS = 8;

/** MatMul of onnxruntime-node on the CPU at a shape; undefined where the package is not installed. */
export async function onnxWork(
  [rows, inputs, outputs]: readonly [number, number, number],
  threads: number,
): Promise<Work | undefined> {
  const runtime = await loadRuntime();
  if (runtime === undefined) return undefined;
  const session = await runtime.InferenceSession.create(matMulModel(), { intraOpNumThreads: threads });
  const tensor = (r: number, c: number): object => new runtime.Tensor('float32', ramp(r, c).data, [r, c]);
  const feeds = { a: tensor(rows, inputs), b: tensor(inputs, outputs) };
  return {
    name: `onnxruntime MatMul ${rows} x ${inputs} x ${outputs}`,
    flops: RUNS * 2 * rows * inputs * outputs,
    async run() {
      for (let i = 0; i < RUNS; i++) await session.run(feeds);
    },
  };
}

async function loadRuntime(): Promise<OnnxRuntime | undefined> {
  const name = 'onnxruntime-node';
  try {
    const module = (await import(name)) as { default: OnnxRuntime };
    return module.default;
  } catch {
    return undefined;
  }
}

/** c = a b in the protobuf of ONNX (onnx.proto3; field numbers beside the fields). */
function matMulModel(): Uint8Array {
  const node = message([text(1, 'a'), text(1, 'b'), text(2, 'c'), text(4, 'MatMul')]);
  const graph = message([
    bytes(1, node), // node
    text(2, 'product'), // name
    ...['a', 'b'].map((name) => bytes(11, floatMatrix(name))), // input
    bytes(12, floatMatrix('c')), // output
  ]);
  const opset = message([text(1, ''), number(2, 13)]); // domain, version
  return message([number(1, 8), bytes(7, graph), bytes(8, opset)]); // ir_version, graph, opset_import
}

/** A ValueInfoProto: float elements, two dimensions without a size. */
function floatMatrix(name: string): Uint8Array {
  const dimension = bytes(1, new Uint8Array());
  const tensor = message([number(1, 1), bytes(2, message([dimension, dimension]))]); // elem_type, shape
  return message([text(1, name), bytes(2, message([bytes(1, tensor)]))]);
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function number(field: number, value: number): Uint8Array {
  return Uint8Array.from([field * 8 + VARINT, ...varint(value)]);
}

function bytes(field: number, content: Uint8Array): Uint8Array {
  return Uint8Array.from([field * 8 + LENGTH_DELIMITED, ...varint(content.length), ...content]);
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, new TextEncoder().encode(value));
}

function message(fields: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(fields.flatMap((field) => [...field]));
}
