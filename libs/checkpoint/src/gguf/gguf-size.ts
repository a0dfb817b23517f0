import { UnitTable, emptySet } from '@bonsai/pruning';
import type { UnitSet } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import type { Checkpoint } from '../checkpoint.ts';
import { LAYER_TENSORS } from '../config/tensor-names.ts';
import { FAMILIES } from '../families/families.ts';
import { FLOAT_BYTES } from '../floats/decode-floats.ts';
import { modelShape, unitCosts } from '../model-config.ts';
import type { ModelConfig } from '../model-config.ts';
import { byteLengthOf } from '../output/write-tensor.ts';
import type { PlannedExport } from '../planned-export.ts';
import { withForeignBiases } from '../recovered/output-biases.ts';
import { MATRIX_DTYPES } from './float-format.ts';
import type { FloatFormat } from './float-format.ts';
import { encodeGgufHeader, GGUF_ALIGNMENT } from './gguf-header.ts';
import { ggufContent } from './write-gguf.ts';
import type { GgufContent } from './write-gguf.ts';

/** What parts of a model take of a GGUF file, in bytes. */
export interface GgufSize {
  readonly kvGroup: number;
  readonly ffnNeuron: number;
  /** Of a group that stays. */
  readonly queryHead: number;
  /** Everything that is in no unit, with the tokenizer and what it takes to say the widths of every layer. */
  readonly other: number;
  /** Whether layers of different widths make a smaller file, not one that is padded with zeros. */
  readonly widthsMayDiffer: boolean;
}

/**
 * Reads no weights. A file of a cut is no larger than its parts, but for zeros that stand in for whole blocks; of biases that may be
 * recovered all are counted.
 * @throws BonsaiError TOKENIZER_INVALID; LAYOUT_NOT_SUPPORTED where removed heads become zeros, whose price is no unit's, or there is
 *   no place for the biases
 */
export async function ggufSize(
  original: Checkpoint,
  floats: FloatFormat,
  { recoversBiases }: PlannedExport,
): Promise<GgufSize> {
  const checkpoint = recoversBiases ? withForeignBiases(original) : original;
  const { config } = checkpoint;
  if (FAMILIES[config.family].gguf.every(({ squareQueries }) => squareQueries)) throw headsStay(config);
  const units = new UnitTable(modelShape(config));
  const cut = emptySet(units);
  const whole = await ggufContent({ checkpoint, cut, floats });
  cut[units.module(0, 'ffnNeuron').start] = 1;
  const uneven = await ggufContent({ checkpoint, cut, floats });
  const widthsMayDiffer = uneven.layout.notes.length === 0;
  const { kvGroup, ffnNeuron, queryHead } = unitCosts(config, (tensor) =>
    LAYER_TENSORS[tensor].axes.length === 1 ? FLOAT_BYTES.F32 : FLOAT_BYTES[MATRIX_DTYPES[floats]],
  );
  const bytes = Math.max(bytesOf(whole), widthsMayDiffer ? bytesOf(uneven) + ffnNeuron : 0);
  const inUnits = config.layerCount * (config.kvHeads * kvGroup + config.ffnSize * ffnNeuron);
  return { kvGroup, queryHead, ffnNeuron, other: bytes - inUnits, widthsMayDiffer };
}

/** Of the file that {@link writeGguf} makes of a cut. Reads no weights. @throws BonsaiError as that does */
export async function ggufBytes(checkpoint: Checkpoint, cut: UnitSet, floats: FloatFormat): Promise<number> {
  return bytesOf(await ggufContent({ checkpoint, cut, floats }));
}

function headsStay({ family }: ModelConfig): BonsaiError {
  const message = `A GGUF file of a ${family} does not get smaller with its heads; limit its parameters instead of its bytes.`;
  return new BonsaiError(message, {
    code: 'FAILED_PRECONDITION',
    reason: 'LAYOUT_NOT_SUPPORTED',
    field: 'export_format',
  });
}

function bytesOf({ metadata, tensors }: GgufContent): number {
  const header = encodeGgufHeader(metadata, tensors).byteLength;
  return tensors.reduce((sum, tensor) => sum + aligned(byteLengthOf(tensor)), aligned(header));
}

const aligned = (bytes: number): number => Math.ceil(bytes / GGUF_ALIGNMENT) * GGUF_ALIGNMENT;
