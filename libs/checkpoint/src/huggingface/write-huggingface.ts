import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnitSet } from '@bonsai/pruning';
import { parseJsonObject } from '@bonsai/support';
import type { Checkpoint } from '../checkpoint.ts';
import { CONFIG_FILE } from '../config/config-fields.ts';
import { keptLayersOf } from '../cut/kept-layers.ts';
import { stageOutput } from '../output/stage-output.ts';
import { watched } from '../output/watched.ts';
import { biasFlagsOf } from '../recovered/output-biases.ts';
import { copyCompanions } from './copy-companions.ts';
import { hfConfig } from './hf-config.ts';
import { hfLayout } from './hf-layout.ts';
import { hfTensors } from './hf-tensors.ts';
import { requireOtherDirectory } from './require-other-directory.ts';
import { writeShards } from './write-shards.ts';

/** A cut of a checkpoint and the directory where it goes. */
export interface HuggingFaceRequest {
  readonly checkpoint: Checkpoint;
  /** Units that are left out, over the unit table of the checkpoint's shape. */
  readonly cut: UnitSet;
  readonly directory: string;
  /** Largest size of one safetensors file, 5 GB by default. */
  readonly shardBytes?: number;
  readonly overwrite?: boolean;
  /** Told the share of the weights that is written, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** What was written. */
export interface HuggingFaceResult {
  /** `padded`: the widths differ between layers, so that removed units are zeros in a model of the original widths. */
  readonly layout: 'uniform' | 'padded';
}

const DEFAULT_SHARD_BYTES = 5_000_000_000;

/**
 * Writes a cut model as a checkpoint that stock transformers opens, streamed; the directory appears under its name only
 * when it is complete.
 * @throws BonsaiError MASK_LENGTH, OUTPUT_EXISTS, OUTPUT_FAILED, LAYOUT_NOT_SUPPORTED (a weight beyond the dtype),
 * TENSOR_NOT_FINITE, CHECKPOINT_CORRUPT
 */
export async function writeHuggingFace(request: HuggingFaceRequest): Promise<HuggingFaceResult> {
  const { checkpoint, cut, directory, shardBytes = DEFAULT_SHARD_BYTES, overwrite = false, onProgress } = request;
  await requireOtherDirectory(checkpoint.directory, directory);
  const layout = hfLayout(checkpoint.config, keptLayersOf(checkpoint.config, cut));
  return stageOutput(directory, { kind: 'directory', overwrite }, async (staged) => {
    await mkdir(staged);
    const source = parseJsonObject(await readFile(join(checkpoint.directory, CONFIG_FILE))) ?? {};
    const config = hfConfig(source, checkpoint.config, layout, biasFlagsOf(checkpoint));
    await writeFile(join(staged, CONFIG_FILE), `${JSON.stringify(config, undefined, 2)}\n`);
    await writeShards(staged, watched(hfTensors(checkpoint, layout), onProgress), shardBytes);
    await copyCompanions(checkpoint.directory, staged);
    return { layout: layout.kind };
  });
}
