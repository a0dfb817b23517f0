import type { LayerTensor, ModelTensor } from '../config/tensor-names.ts';
import type { GgufDialect } from '../gguf/dialects.ts';
import type { BiasFlag } from '../model-config.ts';

/** A tensor of a layer as the files of a family name it: the tensors whose rows it holds, top to bottom. */
export type LayerFiles = Readonly<Record<string, readonly [LayerTensor, ...LayerTensor[]]>>;

/** Attention over the last so many tokens, if config.json says so. */
export interface SlidingWindow {
  /** Where `sliding_window` is left out. */
  readonly default: number | undefined;
  /** The key that has to be true for the window to count; without one it always does. */
  readonly enabledBy?: string;
}

/** What norms add to the square that they take the root of. */
export interface NormEpsilon {
  /** Of config.json. */
  readonly key: string;
  /** Where that is left out. */
  readonly default: number;
}

/** All that tells one family of transformers from another. Defaults are those of transformers 5.17. */
export interface Family {
  readonly kvHeads: number | undefined;
  /** The hidden size over the number of heads if undefined. */
  readonly headDim: number | undefined;
  readonly slidingWindow: SlidingWindow | undefined;
  readonly normEpsilon: NormEpsilon;
  /** What config.json may call the activation of the FFN; the first where it says nothing. */
  readonly activations: readonly [string, ...string[]];
  /** Share of a head's elements that are rotated, where `partial_rotary_factor` is left out; all, always, if undefined. */
  readonly rotatedShare: number | undefined;
  /** Whether attention and FFN read the same; else the FFN reads what attention has added to. */
  readonly parallelBlocks: boolean;
  /** Name within the layer, in the order of the model. */
  readonly layerTensors: LayerFiles;
  /** What these flags of config.json add to every layer; others are refused. */
  readonly flaggedBiases: Readonly<Partial<Record<BiasFlag, LayerFiles>>>;
  /** What follows the layers, by name in the files. */
  readonly endTensors: Readonly<Record<string, ModelTensor>>;
  /** How llama.cpp can carry it; the first one that fits a cut is taken. */
  readonly gguf: readonly [GgufDialect, ...GgufDialect[]];
}
