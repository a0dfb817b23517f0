import { layerTensorName, MODEL_TENSORS } from '@bonsai/checkpoint';
import type { Checkpoint, LayerTensor } from '@bonsai/checkpoint';
import type { Backend, HostMatrix, Matrix, Weight } from '@bonsai/ops';
import { throwIfCancelled } from '../forward/work-queue.ts';
import type { Holdings } from '../holdings.ts';
import { columnNorms } from './column-norms.ts';
import type { AttentionWeights, DeviceWeights, FfnWeights } from './device-weights.ts';
import type { KeptLayer } from './kept-units.ts';
import { readTensor } from './read-tensor.ts';
import { concatenateRows, selectColumnBlocks, selectRowBlocks } from './select-blocks.ts';

/**
 * Reads a checkpoint tensor by tensor, leaves out what is cut, and packs the rest on the backend. The host holds the
 * tensors of one packed weight at a time.
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
    const embedding = await this.#pack(await this.#read(MODEL_TENSORS.embedding));
    const layers = [];
    for (const [layer, { attention, ffn }] of kept.entries()) {
      throwIfCancelled(signal);
      layers.push({
        attention: attention.indices.length === 0 ? undefined : await this.#attention(layer, attention.indices),
        ffn: ffn.indices.length === 0 ? undefined : await this.#ffn(layer, ffn.indices),
      });
    }
    const finalNorm = await this.#gain(MODEL_TENSORS.finalNorm);
    const tied = this.#checkpoint.config.tiedHead;
    const head = tied ? embedding : await this.#pack(await this.#read(MODEL_TENSORS.head));
    return { embedding, layers, finalNorm, head, byteLength: this.#byteLength };
  }

  async #attention(layer: number, groups: readonly number[]): Promise<AttentionWeights> {
    const { headDim, queryHeads, kvHeads } = this.#checkpoint.config;
    const queryBlock = (queryHeads / kvHeads) * headDim;
    const rows = async (tensor: LayerTensor, block: number): Promise<HostMatrix> =>
      selectRowBlocks(await this.#readLayer(layer, tensor), groups, block);
    const norm = await this.#gain(layerTensorName(layer, 'attentionNorm'));
    const qkv = await this.#pack(
      concatenateRows([await rows('query', queryBlock), await rows('key', headDim), await rows('value', headDim)]),
    );
    const output = selectColumnBlocks(await this.#readLayer(layer, 'attentionOutput'), groups, queryBlock);
    const outputNorms = columnNorms(output);
    return { norm, qkv, output: await this.#pack(output), outputNorms, kvGroups: groups.length };
  }

  async #ffn(layer: number, neurons: readonly number[]): Promise<FfnWeights> {
    const norm = await this.#gain(layerTensorName(layer, 'ffnNorm'));
    const gate = selectRowBlocks(await this.#readLayer(layer, 'gate'), neurons, 1);
    const up = selectRowBlocks(await this.#readLayer(layer, 'up'), neurons, 1);
    const gateUp = this.#keep(await this.#backend.packGatedWeight(gate, up));
    const down = selectColumnBlocks(await this.#readLayer(layer, 'down'), neurons, 1);
    const downNorms = columnNorms(down);
    return { norm, gateUp, down: await this.#pack(down), downNorms, neurons: neurons.length };
  }

  #read(name: string): Promise<HostMatrix> {
    return readTensor(this.#checkpoint, name);
  }

  #readLayer(layer: number, tensor: LayerTensor): Promise<HostMatrix> {
    return this.#read(layerTensorName(layer, tensor));
  }

  async #gain(name: string): Promise<Matrix> {
    const { cols, data } = await this.#read(name);
    return this.#holdings.keep(this.#backend.matrix(1, cols, data));
  }

  async #pack(values: HostMatrix): Promise<Weight> {
    return this.#keep(await this.#backend.packWeight(values));
  }

  #keep<T extends Weight>(weight: T): T {
    this.#byteLength += weight.byteLength;
    return this.#holdings.keep(weight);
  }
}
