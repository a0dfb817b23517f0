import type { UnitSet } from '@bonsai/pruning';
import type { Checkpoint } from '../checkpoint.ts';
import { keptLayersOf } from '../cut/kept-layers.ts';
import { modelName } from '../model-name.ts';
import { FileWriter } from '../output/file-writer.ts';
import { stageOutput } from '../output/stage-output.ts';
import { watched } from '../output/watched.ts';
import { writeTensor } from '../output/write-tensor.ts';
import type { OutputTensor } from '../output/write-tensor.ts';
import type { FloatFormat } from './float-format.ts';
import { encodeGgufHeader, GGUF_ALIGNMENT } from './gguf-header.ts';
import { ggufLayout } from './gguf-layers.ts';
import type { GgufLayout } from './gguf-layers.ts';
import { modelMetadata } from './gguf-metadata.ts';
import { ggufTensors } from './gguf-tensors.ts';
import type { GgufMetadata } from './gguf-value.ts';
import { checkpointVocabulary } from './vocabulary/checkpoint-vocabulary.ts';

/** A cut of a checkpoint and where it goes. */
export interface GgufRequest {
  readonly checkpoint: Checkpoint;
  /** Units that are left out, over the unit table of the checkpoint's shape. */
  readonly cut: UnitSet;
  /** Where tokenizer.json lies; the checkpoint's own directory by default. */
  readonly tokenizerDirectory?: string;
  readonly floats: FloatFormat;
  readonly path: string;
  readonly overwrite?: boolean;
  /** Told the share of the weights that is written, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What was written. */
export interface GgufResult {
  /** What the user should know about the file; sentences. */
  readonly notes: readonly string[];
}

/**
 * Writes a cut model as GGUF v3 for llama.cpp, streamed; the file appears under its name only when it is complete.
 * @throws BonsaiError MASK_LENGTH, OUTPUT_EXISTS, OUTPUT_FAILED, TOKENIZER_INVALID, LAYOUT_NOT_SUPPORTED,
 * TENSOR_NOT_FINITE, CHECKPOINT_CORRUPT
 */
export async function writeGguf(request: GgufRequest): Promise<GgufResult> {
  const { path, overwrite = false, onProgress } = request;
  return stageOutput(path, { overwrite }, async (staged) => {
    const { metadata, tensors, notes } = await ggufContent(request);
    await writeFile(staged, metadata, watched(tensors, onProgress));
    return { notes };
  });
}

/** What a file holds; no weights are read yet. */
export interface GgufContent {
  readonly layout: GgufLayout;
  readonly metadata: GgufMetadata;
  readonly tensors: readonly OutputTensor[];
  readonly notes: readonly string[];
}

/** @throws BonsaiError MASK_LENGTH, TOKENIZER_INVALID, LAYOUT_NOT_SUPPORTED */
export async function ggufContent(
  request: Pick<GgufRequest, 'checkpoint' | 'cut' | 'floats' | 'tokenizerDirectory'>,
): Promise<GgufContent> {
  const { checkpoint, cut, floats } = request;
  const layout = ggufLayout(checkpoint, keptLayersOf(checkpoint.config, cut));
  const vocabulary = await checkpointVocabulary(checkpoint, request.tokenizerDirectory);
  const name = modelName(checkpoint.directory);
  const metadata = new Map([...modelMetadata(checkpoint.config, layout, { name, floats }), ...vocabulary.entries]);
  const tensors = ggufTensors(checkpoint, layout, floats);
  return { layout, metadata, tensors, notes: [...layout.notes, ...vocabulary.notes] };
}

async function writeFile(path: string, metadata: GgufMetadata, tensors: readonly OutputTensor[]): Promise<void> {
  await FileWriter.create(path, async (writer) => {
    await writer.write(encodeGgufHeader(metadata, tensors));
    await writer.align(GGUF_ALIGNMENT);
    for (const tensor of tensors) {
      await writeTensor(writer, tensor);
      await writer.align(GGUF_ALIGNMENT);
    }
  });
}
