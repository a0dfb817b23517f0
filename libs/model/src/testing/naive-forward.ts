import type { Checkpoint, ModelConfig, ModelFamily } from '@bonsai/checkpoint';
import type { UnitKind, UnitSet, UnitTable } from '@bonsai/pruning';

type Vector = number[];
type Rows = Vector[];

/** What a second, independent forward pass in f64 saw of one window. */
export interface NaiveTrace {
  readonly nllSum: number;
  /** Of every next token, one row per token. */
  readonly probabilities: Rows;
  /** Per layer, one row per token. */
  readonly headOutputs: readonly Rows[];
  readonly neuronOutputs: readonly Rows[];
  readonly entering: readonly Rows[];
  readonly afterAttention: readonly Rows[];
  readonly afterFfn: readonly Rows[];
}

const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
const add = (a: Vector, b: Vector): Vector => a.map((value, i) => value + (b[i] ?? Number.NaN));
const times = (weight: Rows, x: Vector): Vector => weight.map((row) => dot(row, x));
const softmax = (z: Vector): Vector => {
  const exponentials = z.map((value) => Math.exp(value));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((value) => value / sum);
};

/** How families differ from LLaMA, as their reports define them. */
const WITH_QKV_BIAS: ReadonlySet<ModelFamily> = new Set(['qwen2', 'phi']);
const WITH_HEAD_NORM: ReadonlySet<ModelFamily> = new Set(['qwen3']);

/**
 * The dense forward pass written from its definition, one token after the other with complex rotations; removed
 * units are zeroed, nothing is compacted.
 */
export async function naiveForward(
  checkpoint: Checkpoint,
  units: UnitTable,
  removed: UnitSet,
  window: Uint32Array,
): Promise<NaiveTrace> {
  const { config } = checkpoint;
  const perGroup = config.queryHeads / config.kvHeads;
  const scale = 1 / Math.sqrt(config.headDim);
  const [headOutputs, neuronOutputs]: [Rows[], Rows[]] = [[], []];
  const [entering, afterAttention, afterFfn]: [Rows[], Rows[], Rows[]] = [[], [], []];
  const isPhi = config.family === 'phi';
  const biasOf = async (name: string, zeros: Rows): Promise<Vector> =>
    isPhi ? (await rowsOf(checkpoint, `${name}.bias`)).flat() : zeros.map(() => 0);
  const normalizedBy = async (name: string, x: Rows): Promise<Rows> => {
    const gains = (await rowsOf(checkpoint, `${name}.weight`)).flat();
    if (!isPhi) return normalized(x, gains, config);
    const biases = (await rowsOf(checkpoint, `${name}.bias`)).flat();
    return x.map((row) => layerNormalized(row, gains, biases, config.normEpsilon));
  };
  const embedding = await rowsOf(checkpoint, 'model.embed_tokens.weight');
  let stream: Rows = [...window].map((token) => embedding[token] ?? []);
  for (let layer = 0; layer < config.layerCount; layer++) {
    entering.push(stream);
    const tensor = (name: string): Promise<Rows> => rowsOf(checkpoint, `model.layers.${layer}.${name}.weight`);
    const vector = async (name: string): Promise<Vector> =>
      (await rowsOf(checkpoint, `model.layers.${layer}.${name}`)).flat();
    const kept = (kind: UnitKind, i: number): number =>
      i < units.module(layer, kind).count ? 1 - (removed[units.module(layer, kind).start + i] ?? 0) : 1;

    const inLayer = (name: string): string => `model.layers.${layer}.${name}`;
    const attentionInput = await normalizedBy(inLayer('input_layernorm'), stream);
    const heads = async (name: string, norm?: string): Promise<Rows[]> => {
      const weight = await tensor(name);
      const bias = WITH_QKV_BIAS.has(config.family) ? await vector(`${name}.bias`) : weight.map(() => 0);
      const gains = norm !== undefined && WITH_HEAD_NORM.has(config.family) ? await vector(norm) : undefined;
      return attentionInput.map((x, t) => {
        const all = add(times(weight, x), bias);
        const split = Array.from({ length: all.length / config.headDim }, (_, h) =>
          all.slice(h * config.headDim, (h + 1) * config.headDim),
        );
        if (norm === undefined) return split;
        const normal = gains === undefined ? split : normalized(split, gains, config);
        return normal.map((head) => turned(head, t, config));
      });
    };
    const [q, k, v] = [
      await heads('self_attn.q_proj', 'self_attn.q_norm.weight'),
      await heads('self_attn.k_proj', 'self_attn.k_norm.weight'),
      await heads('self_attn.v_proj'),
    ];
    const headRows = stream.map((_, t) =>
      Array.from({ length: config.queryHeads }, (__, h) => {
        const group = Math.floor(h / perGroup);
        const past = Array.from({ length: t + 1 }, (___, s) => s);
        const weights = softmax(past.map((s) => scale * dot(q[t]?.[h] ?? [], k[s]?.[group] ?? [])));
        return Array.from({ length: config.headDim }, (___, d) =>
          past.reduce(
            (sum, s) =>
              sum + (weights[s] ?? 0) * (v[s]?.[group]?.[d] ?? 0) * kept('kvGroup', group) * kept('queryHead', h),
            0,
          ),
        );
      }).flat(),
    );
    const output = await tensor('self_attn.o_proj');
    const outputBias = await biasOf(inLayer('self_attn.o_proj'), output);
    stream = stream.map((x, t) => add(x, add(times(output, headRows[t] ?? []), outputBias)));
    headOutputs.push(headRows);
    afterAttention.push(stream);

    const ffnInput = isPhi ? attentionInput : await normalizedBy(inLayer('post_attention_layernorm'), stream);
    const [up, down] = [await tensor('mlp.up_proj'), await tensor('mlp.down_proj')];
    const upBias = await biasOf(inLayer('mlp.up_proj'), up);
    const downBias = await biasOf(inLayer('mlp.down_proj'), down);
    const gate = isPhi ? undefined : await tensor('mlp.gate_proj');
    const neuronRows = ffnInput.map((x) =>
      up.map((row, j) => {
        const u = dot(row, x) + (upBias[j] ?? Number.NaN);
        if (gate === undefined) return gelu(u) * kept('ffnNeuron', j);
        const g = dot(gate[j] ?? [], x);
        return (g / (1 + Math.exp(-g))) * u * kept('ffnNeuron', j);
      }),
    );
    stream = stream.map((x, t) => add(x, add(times(down, neuronRows[t] ?? []), downBias)));
    neuronOutputs.push(neuronRows);
    afterFfn.push(stream);
  }
  const final = await normalizedBy('model.norm', stream);
  const head = config.tiedHead ? embedding : await rowsOf(checkpoint, 'lm_head.weight');
  const headBias = await biasOf('lm_head', head);
  const probabilities = final.map((x) => softmax(add(times(head, x), headBias)));
  let nllSum = 0;
  for (let t = 0; t + 1 < window.length; t++) {
    nllSum -= Math.log(probabilities[t]?.[window[t + 1] ?? 0] ?? Number.NaN);
  }
  return { nllSum, probabilities, headOutputs, neuronOutputs, entering, afterAttention, afterFfn };
}

async function rowsOf(checkpoint: Checkpoint, name: string): Promise<Rows> {
  const values = [...(await checkpoint.readFloats(name))];
  const width = checkpoint.tensors.get(name)?.shape.at(-1) ?? 1;
  return Array.from({ length: values.length / width }, (_, r) => values.slice(r * width, (r + 1) * width));
}

function layerNormalized(x: Vector, gains: Vector, biases: Vector, epsilon: number): Vector {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const centred = x.map((value) => value - mean);
  const root = Math.sqrt(dot(centred, centred) / x.length + epsilon);
  return centred.map((value, i) => (value / root) * (gains[i] ?? Number.NaN) + (biases[i] ?? Number.NaN));
}

/** "gelu_new" of transformers. */
function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

function normalized(rows: Rows, gains: Vector, config: ModelConfig): Rows {
  return rows.map((x) => {
    const root = Math.sqrt(dot(x, x) / x.length + config.normEpsilon);
    return x.map((value, i) => (value / root) * (gains[i] ?? Number.NaN));
  });
}

/** Pairs (i, i + rotaryDim / 2) as complex numbers, times e^(i t theta). Scaling of frequencies is not covered here. */
function turned(head: Vector, t: number, config: ModelConfig): Vector {
  const half = config.rotaryDim / 2;
  const out = [...head];
  for (let i = 0; i < half; i++) {
    const angle = t / config.ropeTheta ** (i / half);
    const [re, im] = [head[i] ?? 0, head[i + half] ?? 0];
    out[i] = re * Math.cos(angle) - im * Math.sin(angle);
    out[i + half] = re * Math.sin(angle) + im * Math.cos(angle);
  }
  return out;
}
