import { hasHeadBias, hasParallelBlocks, headRows, layerTensorName, MODEL_TENSORS } from '@bonsai/checkpoint';
import type { Checkpoint, LayerTensor, OutputBias, Selection } from '@bonsai/checkpoint';
import type { Backend, HostRows, Matrix, Weight } from '@bonsai/ops';
import type { KeptLayer } from '@bonsai/pruning';
import type { Holdings } from '../holdings.ts';
import type { AttentionWeights, FfnWeights, IntoNeurons, LayerWeights, Norm, Tables } from './device-weights.ts';
import type { HostCopies } from './host-copies.ts';
import { stacked, tensorRows, withColumn } from './tensor-rows.ts';
import { checkRange, withinRange } from './within-range.ts';

/** Of what the maps of layers are packed to. */
export interface Copying {
  readonly copies: HostCopies;
  /** Whether the layers leave copies behind. */
  readonly passing: boolean;
}

/**
 * Streams a checkpoint to the backend, without what is cut. The host never holds a whole matrix, only some MiB of one
 * (of two for gate and up).
 */
export class WeightLoader {
  readonly #backend: Backend;
  readonly #checkpoint: Checkpoint;
  readonly #holdings: Holdings;
  readonly #copying: Copying | undefined;

  /** @param holdings takes whatever is packed, also if loading fails halfway */
  constructor(backend: Backend, checkpoint: Checkpoint, holdings: Holdings, copying?: Copying) {
    this.#backend = backend;
    this.#checkpoint = checkpoint;
    this.#holdings = holdings;
    this.#copying = copying;
  }

  async tables(): Promise<Tables> {
    const { config } = this.#checkpoint;
    const embedding = await this.#pack(this.#rows(MODEL_TENSORS.embedding));
    const one = hasHeadBias(config) ? { gain: 0, bias: 1 } : undefined;
    const finalNorm = await this.#norm(MODEL_TENSORS.finalNorm, MODEL_TENSORS.finalNormBias, one);
    const head = config.tiedHead ? embedding : await this.#pack(await this.#lmHead());
    return { embedding, finalNorm, head };
  }

  /** With the bias, if there is one, as a last column. */
  async #lmHead(): Promise<HostRows> {
    const rows = this.#rows(MODEL_TENSORS.head);
    if (!hasHeadBias(this.#checkpoint.config)) return rows;
    const bias = await this.#checkpoint.readFloats(MODEL_TENSORS.headBias);
    checkRange(bias, MODEL_TENSORS.headBias, this.#backend);
    return withColumn(rows, bias);
  }

  async layer(kept: KeptLayer): Promise<LayerWeights> {
    const { layer, kvGroups, ffnNeurons } = kept;
    return {
      attention: kvGroups.length === 0 ? undefined : await this.#attention(kept),
      outputBias: await this.#outputBias(layer, 'attentionOutputBias'),
      ffn: ffnNeurons.length === 0 ? undefined : await this.#ffn(kept),
      downBias: await this.#outputBias(layer, 'downBias'),
    };
  }

  async #attention({ layer, kvGroups, queryHeads }: KeptLayer): Promise<AttentionWeights> {
    const { headDim } = this.#checkpoint.config;
    const [queryRows, groupRows] = [headRows(queryHeads, headDim), headRows(kvGroups, headDim)];
    const part = (tensor: LayerTensor, rows: readonly number[]): HostRows => this.#layerRows(layer, tensor, { rows });
    const norm = await this.#attentionNorm(layer);
    const qkvParts = [part('query', queryRows), part('key', groupRows), part('value', groupRows)];
    const qkv = await this.#pack(stacked(qkvParts), `${layer}.qkv`);
    const qkvBias = await this.#bias(layer, [
      { tensor: 'queryBias', rows: queryRows },
      { tensor: 'keyBias', rows: groupRows },
      { tensor: 'valueBias', rows: groupRows },
    ]);
    const headGains = await this.#headGains(layer);
    const kept = { columns: queryRows };
    const output = await this.#pack(this.#layerRows(layer, 'attentionOutput', kept), `${layer}.output`);
    return { norm, qkv, qkvBias, headGains, output, kvGroups: kvGroups.length, queryHeads: queryHeads.length };
  }

  async #ffn({ layer, ffnNeurons }: KeptLayer): Promise<FfnWeights> {
    const norm = hasParallelBlocks(this.#checkpoint.config)
      ? await this.#attentionNorm(layer)
      : await this.#norm(layerTensorName(layer, 'ffnNorm'));
    const into = await this.#intoNeurons(layer, ffnNeurons);
    const down = await this.#pack(this.#layerRows(layer, 'down', { columns: ffnNeurons }), `${layer}.down`);
    return { norm, into, down, neurons: ffnNeurons.length };
  }

  async #intoNeurons(layer: number, neurons: readonly number[]): Promise<IntoNeurons> {
    const up = this.#layerRows(layer, 'up', { rows: neurons });
    const upBias = await this.#bias(layer, [{ tensor: 'upBias', rows: neurons }]);
    if (upBias !== undefined) return { up: await this.#pack(up, `${layer}.up`), upBias };
    const gate = this.#layerRows(layer, 'gate', { rows: neurons });
    return { gateUp: await this.#keepWeight(() => this.#backend.packGatedWeight(gate, up), `${layer}.gateUp`) };
  }

  #attentionNorm(layer: number): Promise<Norm> {
    return this.#norm(layerTensorName(layer, 'attentionNorm'), layerTensorName(layer, 'attentionNormBias'));
  }

  /** @param extra of one more output */
  async #norm(gain: string, bias?: string, extra?: { readonly gain: number; readonly bias: number }): Promise<Norm> {
    const hasBias = bias !== undefined && this.#checkpoint.tensors.has(bias);
    return {
      gain: await this.#vector(gain, extra?.gain),
      bias: hasBias ? await this.#vector(bias, extra?.bias) : undefined,
    };
  }

  #rows(name: string, selection?: Selection): HostRows {
    return withinRange(tensorRows(this.#checkpoint, name, selection), name, this.#backend);
  }

  #layerRows(layer: number, tensor: LayerTensor, kept: Selection): HostRows {
    return this.#rows(layerTensorName(layer, tensor), kept);
  }

  /** @param extra one more value at the end */
  async #vector(name: string, extra?: number): Promise<Matrix> {
    const stored = await this.#checkpoint.readFloats(name);
    const values = extra === undefined ? stored : Float32Array.of(...stored, extra);
    return this.#keepRows(1, values);
  }

  /** Rows of biases one after the other, [1, rows]; none in a family without them. */
  async #bias(
    layer: number,
    parts: readonly { readonly tensor: LayerTensor; readonly rows: readonly number[] }[],
  ): Promise<Matrix | undefined> {
    const values: number[] = [];
    for (const { tensor, rows } of parts) {
      const name = layerTensorName(layer, tensor);
      if (!this.#checkpoint.tensors.has(name)) return undefined;
      const bias = await this.#checkpoint.readFloats(name);
      for (const row of rows) values.push(bias[row] as number);
    }
    return this.#keepRows(1, Float32Array.from(values));
  }

  async #outputBias(layer: number, tensor: OutputBias): Promise<Matrix | undefined> {
    const name = layerTensorName(layer, tensor);
    return this.#checkpoint.tensors.has(name) ? this.#vector(name) : undefined;
  }

  async #headGains(layer: number): Promise<Matrix | undefined> {
    const [queries, keys] = [layerTensorName(layer, 'queryNorm'), layerTensorName(layer, 'keyNorm')];
    if (!this.#checkpoint.tensors.has(queries)) return undefined;
    const gains = [...(await this.#checkpoint.readFloats(queries)), ...(await this.#checkpoint.readFloats(keys))];
    return this.#keepRows(2, Float32Array.from(gains));
  }

  async #keepRows(rows: number, data: Float32Array): Promise<Matrix> {
    return this.#holdings.keep(await this.#backend.packMatrix({ rows, cols: data.length / rows, data }));
  }

  #pack(values: HostRows, name?: string): Promise<Weight> {
    return this.#keepWeight(() => this.#backend.packWeight(values), name);
  }

  /** @param name of its copy; none: there is none */
  async #keepWeight<W extends Weight>(pack: () => Promise<W>, name?: string): Promise<W> {
    const { copies, passing = false } = this.#copying ?? {};
    const copied = name === undefined ? undefined : copies?.weight(name, passing, pack);
    return this.#holdings.keep(await (copied ?? pack()));
  }
}
