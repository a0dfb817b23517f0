import type { ModelConfig } from '@bonsai/checkpoint';
import type { UnitKind } from '@bonsai/pruning';
import { gelu, joined, rmsNormalized, silu, softmax, split, times, weightedSum } from './naive-math.ts';
import type { Rows, Vector } from './naive-math.ts';
import type { NaiveModel } from './naive-model.ts';

/** A layer of a model, with what is left of its units. */
export interface NaiveLayer {
  readonly model: NaiveModel;
  /** The name of a part in the checkpoint. */
  readonly named: (part: string) => string;
  /** 1 for a unit that is left, 0 for one that is removed. */
  readonly kept: (kind: UnitKind, unit: number) => number;
}

/** What the heads give, one row per token; zeros where they are removed. */
export async function naiveHeads(layer: NaiveLayer, input: Rows): Promise<Rows> {
  const { model, kept } = layer;
  const { config } = model;
  const scale = 1 / Math.sqrt(config.headDim);
  const q = await turnedHeads(layer, input, 'q');
  const k = await turnedHeads(layer, input, 'k');
  const v = await headsOf(layer, input, 'v');
  return q.map((queries, t) => {
    const heads = queries.map((query, h) => {
      const group = Math.floor(h / (config.queryHeads / config.kvHeads));
      const ofGroup = (all: Rows[]): Rows => all.slice(0, t + 1).map((ofToken) => ofToken[group]!);
      const weights = softmax(times(ofGroup(k), query).map((score) => scale * score));
      const isKept = kept('kvGroup', group) * kept('queryHead', h);
      return weightedSum(weights, ofGroup(v)).map((value) => isKept * value);
    });
    return joined(heads);
  });
}

/** What the neurons give, one row per token; zeros where they are removed. */
export async function naiveNeurons({ model, named, kept }: NaiveLayer, input: Rows): Promise<Rows> {
  const up = await model.mapped(named('mlp.up_proj'), input);
  const gate = model.isPhi ? undefined : await model.mapped(named('mlp.gate_proj'), input);
  const activated = (u: number, t: number, j: number): number =>
    gate === undefined ? gelu(u) : silu(gate[t]![j]!) * u;
  return up.map((row, t) => row.map((u, j) => activated(u, t, j) * kept('ffnNeuron', j)));
}

/** Vectors of all heads, token by token. */
async function headsOf({ model, named }: NaiveLayer, input: Rows, of: 'q' | 'k' | 'v'): Promise<Rows[]> {
  const all = await model.mapped(named(`self_attn.${of}_proj`), input);
  return all.map((row) => split(row, model.config.headDim));
}

/** The same, turned by their positions; Qwen 3 normalises them before. */
async function turnedHeads(layer: NaiveLayer, input: Rows, of: 'q' | 'k'): Promise<Rows[]> {
  const { model, named } = layer;
  const { config } = model;
  const gains = config.family === 'qwen3' ? await model.vector(named(`self_attn.${of}_norm.weight`)) : undefined;
  const heads = await headsOf(layer, input, of);
  return heads.map((ofToken, t) =>
    ofToken.map((head) =>
      turned(gains === undefined ? head : rmsNormalized(head, gains, config.normEpsilon), t, config),
    ),
  );
}

/** Pairs (i, i + rotaryDim / 2) as complex numbers, times e^(i t theta). Scaling of frequencies is not covered here. */
function turned(head: Vector, t: number, config: ModelConfig): Vector {
  const half = config.rotaryDim / 2;
  const out = head.slice();
  for (let i = 0; i < half; i++) {
    const angle = t / config.ropeTheta ** (i / half);
    const [re, im] = [head[i]!, head[i + half]!];
    out[i] = re * Math.cos(angle) - im * Math.sin(angle);
    out[i + half] = re * Math.sin(angle) + im * Math.cos(angle);
  }
  return out;
}
