import type { HostMatrix, Matrix } from '@bonsai/ops';
import type { RecoveryMethod } from '@bonsai/pruning';
import { Holdings } from '../holdings.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { Block } from './blocks.ts';
import { inputSumOf } from './input-sum.ts';
import { inputObserver, withWholeBlocks } from './whole-block.ts';
import type { WholeBlocks } from './whole-block.ts';
import type { WindowStreams } from './window-streams.ts';

/** Streams of the windows to fit on, on their way through the model. */
export interface FitStreams {
  /** Behind blocks that are cut and recovered. */
  readonly cut: WindowStreams;
  /** The same windows behind whole blocks, where the method aims at what the whole model does. */
  readonly whole: WindowStreams | undefined;
}

/** Sums over all tokens. With x, what the whole block hands to its output projection on the stream from blocks that are cut: */
export interface BlockSums {
  /** What {@link inputSumOf} the method takes of x. */
  readonly inputs: HostMatrix;
  /** x y^T, [columns, hidden], where y is what the block gives at the same token in the whole model. */
  readonly given: HostMatrix | undefined;
}

/** Sums over the streams that enter a block, which stay where they are; the plan of the request has made sure that they fit. */
export async function sumOverBlock(
  model: LoadedWeights,
  block: Block,
  streams: FitStreams,
  method: RecoveryMethod,
  signal: AbortSignal | undefined,
): Promise<BlockSums> {
  const { backend, weights } = model;
  const cols = block.width;
  const hidden = weights.embedding.inputs;
  const holdings = new Holdings();
  try {
    const inputs = holdings.keep(backend.matrix(inputSumOf(method).rows(cols), cols));
    const given = streams.whole && holdings.keep(backend.matrix(cols, hidden));
    await withWholeBlocks(model, [block], signal, async (whole) => {
      for (let part = 0; part < streams.cut.parts; part++) {
        const sums = { inputs, given };
        await addPart(model, whole, streams, part, { method, sums });
      }
    });
    return { inputs: await onHost(model, inputs), given: given && (await onHost(model, given)) };
  } finally {
    holdings.release();
  }
}

/** Takes the streams of the whole model through the blocks of a step. */
export async function passStep(
  model: LoadedWeights,
  blocks: readonly Block[],
  streams: WindowStreams,
  signal: AbortSignal | undefined,
): Promise<void> {
  await withWholeBlocks(model, blocks, signal, async ({ pass }) => {
    for (let part = 0; part < streams.parts; part++) await streams.advancePart(pass, part);
  });
}

async function addPart(
  { backend, weights }: LoadedWeights,
  { pass, weights: whole }: WholeBlocks,
  streams: FitStreams,
  part: number,
  { method, sums }: { readonly method: RecoveryMethod; readonly sums: { inputs: Matrix; given: Matrix | undefined } },
): Promise<void> {
  const { rows, windowLength } = streams.cut.partSize(part);
  const output = streams.whole && backend.matrix(rows, weights.embedding.inputs);
  try {
    const projection = whole.attention?.output ?? whole.ffn?.down;
    if (output !== undefined && projection !== undefined) {
      const project = inputObserver((recorder, x) => recorder.linear(output, x, projection));
      await streams.whole?.observe(pass, part, project);
    }
    const add = inputObserver((recorder, x) => {
      inputSumOf(method).add(recorder, sums.inputs, x, windowLength);
      if (output !== undefined && sums.given !== undefined) recorder.gram(sums.given, x, output, windowLength);
    });
    await streams.cut.observe(pass, part, add);
  } finally {
    output?.release();
  }
}

async function onHost({ backend }: LoadedWeights, sum: Matrix): Promise<HostMatrix> {
  const { rows, cols } = sum;
  return { rows, cols, data: await backend.read(sum) };
}
