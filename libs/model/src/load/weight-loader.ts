import { layerTensorName, MODEL_TENSORS } from '@bonsai/checkpoint';
import type { Checkpoint, LayerTensor, Selection } from '@bonsai/checkpoint';
import type { Backend, HostRows, Matrix, Weight } from '@bonsai/ops';
import { throwIfCancelled } from '../forward/work-queue.ts';
import type { Holdings } from '../holdings.ts';
import { measureColumns } from './column-norms.ts';
import type { AttentionWeights, DeviceWeights, FfnWeights } from './device-weights.ts';
import type { KeptLayer } from './kept-units.ts';
import { rowsOfUnits, stacked, tensorRows } from './tensor-rows.ts';

/**
 * Streams a checkpoint to the backend, without what is cut. The host never holds a whole matrix, only some MiB of one
 * (of two for gate and up).
 */
export class WeightLoader {
  readonly #backend: Backend;
  readonly #checkpoint: Checkpoint;
  readonly #holdings: Holdings;
  #byteLength = 0;

  /** @param holdings takes whatever is packed, also if loading fails halfway */
  constructor(backend: Backend, checkpoint: Checkpoint, holdings: Holdings) {
    this.#backend = backend;
    this.#checkpoint = checkpoint;
    this.#holdings = holdings;
  }

  /** @throws BonsaiError CANCELLED when the signal aborts, and whatever reading and packing throw */
  async load(kept: readonly KeptLayer[], signal: AbortSignal | undefined): Promise<DeviceWeights> {
    const embedding = await this.#pack(this.#rows(MODEL_TENSORS.embedding));
    const layers = [];
    for (const [layer, { attention, ffn }] of kept.entries()) {
      throwIfCancelled(signal);
      layers.push({
        attention: attention.indices.length === 0 ? undefined : await this.attention(layer, attention.indices),
        ffn: ffn.indices.length === 0 ? undefined : await this.ffn(layer, ffn.indices),
      });
    }
    const finalNorm = await this.#gain(MODEL_TENSORS.finalNorm);
    const tied = this.#checkpoint.config.tiedHead;
    const head = tied ? embedding : await this.#pack(this.#rows(MODEL_TENSORS.head));
    return { embedding, layers, finalNorm, head, byteLength: this.#byteLength };
  }

  /** The attention block of a layer, with the given KV groups. */
  async attention(layer: number, groups: readonly number[]): Promise<AttentionWeights> {
    const { headDim, queryHeads, kvHeads } = this.#checkpoint.config;
    const queryBlock = (queryHeads / kvHeads) * headDim;
    const part = (tensor: LayerTensor, perGroup: number): HostRows =>
      this.#layerRows(layer, tensor, { rows: rowsOfUnits(groups, perGroup) });
    const norm = await this.#gain(layerTensorName(layer, 'attentionNorm'));
    const qkv = await this.#pack(stacked([part('query', queryBlock), part('key', headDim), part('value', headDim)]));
    const qkvBias = await this.#bias(layer, [
      { tensor: 'queryBias', rows: rowsOfUnits(groups, queryBlock) },
      { tensor: 'keyBias', rows: rowsOfUnits(groups, headDim) },
      { tensor: 'valueBias', rows: rowsOfUnits(groups, headDim) },
    ]);
    const headGains = await this.#headGains(layer);
    const columns = rowsOfUnits(groups, queryBlock);
    const output = measureColumns(this.#layerRows(layer, 'attentionOutput', { columns }));
    return {
      norm,
      qkv,
      qkvBias,
      headGains,
      output: await this.#pack(output.rows),
      outputNorms: output.norms,
      kvGroups: groups.length,
    };
  }

  /** The FFN block of a layer, with the given neurons. */
  async ffn(layer: number, neurons: readonly number[]): Promise<FfnWeights> {
    const norm = await this.#gain(layerTensorName(layer, 'ffnNorm'));
    const gate = this.#layerRows(layer, 'gate', { rows: neurons });
    const up = this.#layerRows(layer, 'up', { rows: neurons });
    const gateUp = this.#keep(await this.#backend.packGatedWeight(gate, up));
    const down = measureColumns(this.#layerRows(layer, 'down', { columns: neurons }));
    return { norm, gateUp, down: await this.#pack(down.rows), downNorms: down.norms, neurons: neurons.length };
  }

  #rows(name: string): HostRows {
    return tensorRows(this.#checkpoint, name);
  }

  #layerRows(layer: number, tensor: LayerTensor, kept: Selection): HostRows {
    return tensorRows(this.#checkpoint, layerTensorName(layer, tensor), kept);
  }

  async #gain(name: string): Promise<Matrix> {
    const gain = await this.#checkpoint.readFloats(name);
    return this.#holdings.keep(this.#backend.matrix(1, gain.length, gain));
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
    return this.#holdings.keep(this.#backend.matrix(1, values.length, Float32Array.from(values)));
  }

  async #headGains(layer: number): Promise<Matrix | undefined> {
    const [queries, keys] = [layerTensorName(layer, 'queryNorm'), layerTensorName(layer, 'keyNorm')];
    if (!this.#checkpoint.tensors.has(queries)) return undefined;
    const gains = [...(await this.#checkpoint.readFloats(queries)), ...(await this.#checkpoint.readFloats(keys))];
    return this.#holdings.keep(this.#backend.matrix(2, gains.length / 2, Float32Array.from(gains)));
  }

  async #pack(values: HostRows): Promise<Weight> {
    return this.#keep(await this.#backend.packWeight(values));
  }

  #keep<T extends Weight>(weight: T): T {
    this.#byteLength += weight.byteLength;
    return this.#holdings.keep(weight);
  }
}
