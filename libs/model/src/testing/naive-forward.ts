import { modelShape } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { UnitTable } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { naiveHeads, naiveNeurons } from './naive-blocks.ts';
import type { NaiveLayer } from './naive-blocks.ts';
import { addRows, logSumExp, softmax } from './naive-math.ts';
import type { Rows } from './naive-math.ts';
import { NaiveModel } from './naive-model.ts';

/** What a second, independent forward pass in f64 saw of one window. */
export interface NaiveTrace {
  /** Of tokens 1, 2, ... of the window, in nats. */
  readonly nll: readonly number[];
  /** Of every next token, one row per token. */
  readonly probabilities: Rows;
  /** Per layer, one row per token. */
  readonly headOutputs: readonly Rows[];
  readonly neuronOutputs: readonly Rows[];
  readonly entering: readonly Rows[];
  readonly afterAttention: readonly Rows[];
  readonly afterFfn: readonly Rows[];
}

/** What the trace holds of one layer. */
interface LayerTrace {
  readonly headOutputs: Rows;
  readonly neuronOutputs: Rows;
  readonly afterAttention: Rows;
  readonly afterFfn: Rows;
}

/**
 * The dense forward pass written from its definition, one token after the other with complex rotations; removed
 * units are zeroed, nothing is compacted. Without rotary scaling.
 */
export async function naiveForward(checkpoint: Checkpoint, removed: UnitSet, window: Uint32Array): Promise<NaiveTrace> {
  const model = new NaiveModel(checkpoint);
  const units = new UnitTable(modelShape(model.config));
  const { layerCount, tiedHead } = model.config;
  const embedding = await model.rows('model.embed_tokens.weight');
  const entering: Rows[] = [[...window].map((token) => embedding[token]!)];
  const layers: LayerTrace[] = [];
  for (let layer = 0; layer < layerCount; layer++) {
    const trace = await throughLayer(layerOf(model, layer, units, removed), entering[layer] ?? []);
    layers.push(trace);
    entering.push(trace.afterFfn);
  }
  const final = await model.normalized('model.norm', entering.pop() ?? []);
  const logits = await model.mapped('lm_head', final, tiedHead ? embedding : undefined);
  return {
    nll: logits.slice(0, -1).map((row, t) => logSumExp(row) - row[window[t + 1]!]!),
    probabilities: logits.map(softmax),
    entering,
    headOutputs: layers.map(({ headOutputs }) => headOutputs),
    neuronOutputs: layers.map(({ neuronOutputs }) => neuronOutputs),
    afterAttention: layers.map(({ afterAttention }) => afterAttention),
    afterFfn: layers.map(({ afterFfn }) => afterFfn),
  };
}

async function throughLayer(layer: NaiveLayer, stream: Rows): Promise<LayerTrace> {
  const { model, named } = layer;
  const attentionInput = await model.normalized(named('input_layernorm'), stream);
  const headOutputs = await naiveHeads(layer, attentionInput);
  const afterAttention = addRows(stream, await model.mapped(named('self_attn.o_proj'), headOutputs));
  const ffnInput = model.isPhi
    ? attentionInput
    : await model.normalized(named('post_attention_layernorm'), afterAttention);
  const neuronOutputs = await naiveNeurons(layer, ffnInput);
  const afterFfn = addRows(afterAttention, await model.mapped(named('mlp.down_proj'), neuronOutputs));
  return { headOutputs, neuronOutputs, afterAttention, afterFfn };
}

function layerOf(model: NaiveModel, layer: number, units: UnitTable, removed: UnitSet): NaiveLayer {
  return {
    model,
    named: (part) => `model.layers.${layer}.${part}`,
    kept: (kind, unit) => {
      const { start, count } = units.module(layer, kind);
      // Where a kind cannot be removed, no set says anything of it.
      return unit < count ? 1 - (removed[start + unit] ?? 0) : 1;
    },
  };
}
