import { layerTensorName, MODEL_TENSORS, modelShape } from '@bonsai/checkpoint';
import type { Checkpoint, LayerTensor, ModelConfig, ModelFamily } from '@bonsai/checkpoint';
import { UnitTable } from '@bonsai/pruning';
import type { UnitKind, UnitSet } from '@bonsai/pruning';

type Rows = Float64Array[];

/** How families differ from LLaMA, as their reports define them. */
const WITH_QKV_BIAS: ReadonlySet<ModelFamily> = new Set(['qwen2', 'phi']);
const WITH_HEAD_NORM: ReadonlySet<ModelFamily> = new Set(['qwen3']);

/** NLL in nats of tokens 1, 2, ... of a window. */
export async function naiveNll(checkpoint: Checkpoint, removed: UnitSet, window: Uint32Array): Promise<number[]> {
  const logits = await naiveLogits(checkpoint, removed, window);
  return logits.slice(0, -1).map((row, at) => nllOf(row, window[at + 1] ?? 0));
}

/**
 * Logits of the tokens after each token of a window, by a transformer written down as plainly as possible, in double
 * precision, on the whole checkpoint: removed units are multiplied by zero, so that nothing of the export is trusted.
 * Without rotary scaling.
 */
export async function naiveLogits(checkpoint: Checkpoint, removed: UnitSet, window: Uint32Array): Promise<Rows> {
  const { config } = checkpoint;
  const units = new UnitTable(modelShape(config));
  const embedding = await checkpoint.readFloats(MODEL_TENSORS.embedding);
  const hidden = config.hiddenSize;
  let stream: Rows = Array.from(window, (token) =>
    Float64Array.from(embedding.subarray(token * hidden, (token + 1) * hidden)),
  );
  for (let layer = 0; layer < config.layerCount; layer++) {
    const read = (tensor: LayerTensor): Promise<Float32Array> => checkpoint.readFloats(layerTensorName(layer, tensor));
    const factors = (kind: UnitKind): Float64Array => {
      const { start, count } = units.module(layer, kind);
      return Float64Array.from(removed.subarray(start, start + count), (bit) => 1 - bit);
    };
    const single = factors('queryHead');
    const perGroup = config.queryHeads / config.kvHeads;
    const headFactors = Float64Array.from(
      { length: config.queryHeads },
      (_, head) => factors('kvGroup')[Math.floor(head / perGroup)]! * (single[head] ?? 1),
    );
    if (config.family === 'phi') {
      stream = await addPhiBlocks(checkpoint, stream, read, headFactors, factors('ffnNeuron'));
    } else {
      const x = normalize(stream, await read('attentionNorm'), config.normEpsilon);
      stream = sum(stream, await attentionOf(checkpoint, x, read, headFactors));
      stream = await addFfn(checkpoint, stream, read, factors('ffnNeuron'));
    }
  }
  if (config.family === 'phi') return phiLogits(checkpoint, stream);
  const final = normalize(stream, await checkpoint.readFloats(MODEL_TENSORS.finalNorm), config.normEpsilon);
  const head = config.tiedHead ? embedding : await checkpoint.readFloats(MODEL_TENSORS.head);
  return final.map((x) => multiply(head, x));
}

/** Both blocks read the same layer norm; their outputs are added to what it was taken of. */
async function addPhiBlocks(
  checkpoint: Checkpoint,
  stream: Rows,
  read: Read,
  headFactors: Float64Array,
  neuronFactors: Float64Array,
): Promise<Rows> {
  const { normEpsilon } = checkpoint.config;
  const x = layerNormalize(stream, await read('attentionNorm'), await read('attentionNormBias'), normEpsilon);
  const [up, down] = [await read('up'), await read('down')];
  const [upBias, downBias] = [Float64Array.from(await read('upBias')), Float64Array.from(await read('downBias'))];
  const attentionBias = Float64Array.from(await read('attentionOutputBias'));
  const heads = await attentionOf(checkpoint, x, read, headFactors);
  return stream.map((row, at) => {
    const raised = add(multiply(up, x[at]!), upBias);
    const neurons = raised.map((value, i) => gelu(value) * neuronFactors[i]!);
    return [heads[at]!, attentionBias, multiply(down, neurons), downBias].reduce(add, row);
  });
}

async function phiLogits(checkpoint: Checkpoint, stream: Rows): Promise<Rows> {
  const read = (tensor: keyof typeof MODEL_TENSORS): Promise<Float32Array> =>
    checkpoint.readFloats(MODEL_TENSORS[tensor]);
  const { normEpsilon } = checkpoint.config;
  const final = layerNormalize(stream, await read('finalNorm'), await read('finalNormBias'), normEpsilon);
  const [head, bias] = [await read('head'), Float64Array.from(await read('headBias'))];
  return final.map((x) => add(multiply(head, x), bias));
}

function layerNormalize(rows: Rows, gain: Float32Array, bias: Float32Array, epsilon: number): Rows {
  return rows.map((row) => {
    const mean = row.reduce((total, value) => total + value, 0) / row.length;
    const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / row.length;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + epsilon)) * gain[i]! + bias[i]!);
  });
}

/** "gelu_new" of transformers. */
function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

const sum = (rows: Rows, others: Rows): Rows => rows.map((row, at) => add(row, others[at]!));

type Read = (tensor: LayerTensor) => Promise<Float32Array>;

/** What attention makes of its normalized input, without a bias behind it. */
async function attentionOf({ config }: Checkpoint, x: Rows, read: Read, factors: Float64Array): Promise<Rows> {
  const { headDim, queryHeads, kvHeads } = config;
  const project = async (tensor: 'query' | 'key' | 'value'): Promise<Rows> => {
    const weight = await read(tensor);
    const rows = x.map((row) => multiply(weight, row));
    if (!WITH_QKV_BIAS.has(config.family)) return rows;
    const bias = Float64Array.from(await read(`${tensor}Bias`));
    return rows.map((row) => add(row, bias));
  };
  const rotated = async (tensor: 'query' | 'key'): Promise<Rows> => {
    const rows = await project(tensor);
    const gain = WITH_HEAD_NORM.has(config.family) ? await read(`${tensor}Norm`) : undefined;
    const heads = gain === undefined ? rows : rows.map((row) => normalizeHeads(row, gain, config.normEpsilon));
    return heads.map((row, position) => rotate(row, position, config));
  };
  const [queries, keys] = [await rotated('query'), await rotated('key')];
  const values = await project('value');
  const output = await read('attentionOutput');
  return x.map((_, at) => {
    const heads = new Float64Array(queryHeads * headDim);
    for (let head = 0; head < queryHeads; head++) {
      const group = Math.floor((head * kvHeads) / queryHeads);
      const query = headOf(queries[at], head, headDim);
      const scores = keys.slice(0, at + 1).map((key) => dot(query, headOf(key, group, headDim)) / Math.sqrt(headDim));
      const highest = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - highest));
      const scale = (factors[head] ?? 0) / weights.reduce((sum, weight) => sum + weight, 0);
      for (const [position, weight] of weights.entries()) {
        const value = headOf(values[position], group, headDim);
        for (let i = 0; i < headDim; i++) heads[head * headDim + i]! += weight * scale * value[i]!;
      }
    }
    return multiply(output, heads);
  });
}

async function addFfn({ config }: Checkpoint, stream: Rows, read: Read, factors: Float64Array): Promise<Rows> {
  const x = normalize(stream, await read('ffnNorm'), config.normEpsilon);
  const [gate, up, down] = await Promise.all([read('gate'), read('up'), read('down')]);
  return stream.map((row, at) => {
    const input = x[at] ?? row;
    const gated = multiply(gate, input).map((value) => value / (1 + Math.exp(-value)));
    const raised = multiply(up, input);
    return add(
      row,
      multiply(
        down,
        gated.map((value, i) => value * raised[i]! * factors[i]!),
      ),
    );
  });
}

function normalize(rows: Rows, gain: Float32Array, epsilon: number): Rows {
  return rows.map((row) => {
    const scale = 1 / Math.sqrt(dot(row, row) / row.length + epsilon);
    return row.map((value, i) => value * scale * gain[i]!);
  });
}

function normalizeHeads(row: Float64Array, gain: Float32Array, epsilon: number): Float64Array {
  const heads = Array.from({ length: row.length / gain.length }, (_, head) => headOf(row, head, gain.length));
  return Float64Array.from(normalize(heads, gain, epsilon).flatMap((head) => [...head]));
}

/** Element i of a head pairs with element i + rotaryDim / 2, as in transformers; elements from rotaryDim on stay. */
function rotate(row: Float64Array, position: number, { headDim, rotaryDim, ropeTheta }: ModelConfig): Float64Array {
  const half = rotaryDim / 2;
  return row.map((value, at) => {
    const i = at % headDim;
    if (i >= rotaryDim) return value;
    const angle = position * ropeTheta ** (-(2 * (i % half)) / rotaryDim);
    const partner = i < half ? -row[at + half]! : row[at - half]!;
    return value * Math.cos(angle) + partner * Math.sin(angle);
  });
}

function headOf(row: Float64Array | undefined, head: number, headDim: number): Float64Array {
  return (row ?? new Float64Array()).subarray(head * headDim, (head + 1) * headDim);
}

/** [outputs, inputs] times [inputs]. */
function multiply(weight: Float32Array, x: Float64Array): Float64Array {
  const result = new Float64Array(weight.length / x.length);
  for (let row = 0, at = 0; row < result.length; row++) {
    let sum = 0;
    for (let i = 0; i < x.length; i++, at++) sum += weight[at]! * x[i]!;
    result[row] = sum;
  }
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}

function nllOf(logits: Float64Array, target: number): number {
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0);
  return highest + Math.log(sum) - logits[target]!;
}
