import type { Checkpoint, ModelConfig } from '@bonsai/checkpoint';
import { add, layerNormalized, rmsNormalized, split, times } from './naive-math.ts';
import type { Rows, Vector } from './naive-math.ts';

/** The maps and norms of a checkpoint, by their names in it. How families differ from LLaMA is as their reports define it. */
export class NaiveModel {
  readonly #checkpoint: Checkpoint;

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
  }

  get config(): ModelConfig {
    return this.#checkpoint.config;
  }

  /** Phi has layer norms, a bias in every map, FFNs without gates, and blocks that read the same. */
  get isPhi(): boolean {
    return this.config.family === 'phi';
  }

  async rows(name: string): Promise<Rows> {
    return split(await this.vector(name), this.#checkpoint.tensors.get(name)?.shape.at(-1) ?? 1);
  }

  async vector(name: string): Promise<Vector> {
    return new Float64Array(await this.#checkpoint.readFloats(name));
  }

  /** @param shared a weight that is not stored under the map's own name */
  async mapped(name: string, x: Rows, shared?: Rows): Promise<Rows> {
    const weight = shared ?? (await this.rows(`${name}.weight`));
    const bias = this.#hasBias(name) ? await this.vector(`${name}.bias`) : new Float64Array(weight.length);
    return x.map((row) => add(times(weight, row), bias));
  }

  async normalized(name: string, x: Rows): Promise<Rows> {
    const { normEpsilon } = this.config;
    const gains = await this.vector(`${name}.weight`);
    if (!this.isPhi) return x.map((row) => rmsNormalized(row, gains, normEpsilon));
    const biases = await this.vector(`${name}.bias`);
    return x.map((row) => layerNormalized(row, gains, biases, normEpsilon));
  }

  #hasBias(name: string): boolean {
    const { family } = this.config;
    if (family === 'llama') return this.#checkpoint.tensors.has(`${name}.bias`);
    return this.isPhi || (family === 'qwen2' && /\.[qkv]_proj$/.test(name));
  }
}
