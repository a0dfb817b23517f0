import type { HostMatrix, Matrix } from '@bonsai/ops';
import type { RecoveryMethod } from '@bonsai/pruning';
import type { Caller } from '../caller.ts';
import { BandedSum } from '../forward/banded-sum.ts';
import { mapFlops } from '../forward/product-flops.ts';
import { recordGram } from '../forward/record-gram.ts';
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
export interface FitSums {
  /** What {@link inputSumOf} the method takes of x. */
  readonly inputs: HostMatrix;
  /**
   * x y^T, [columns, hidden], where y is what the block would have to give to bring the stream to that of the whole model: what it
   * gives there at the same token, and what the stream is short of before it, shared with blocks that read the same stream.
   */
  readonly aim: HostMatrix | undefined;
}

/**
 * Sums over the streams that enter a block, which stay where they are, but for those of the whole model: they go through a block
 * that is alone in its step. The plan of the request has made sure that the sums fit.
 */
export async function sumOverBlock(
  model: LoadedWeights,
  block: Block,
  streams: FitStreams,
  method: RecoveryMethod,
  caller: Caller,
): Promise<FitSums> {
  const { backend, weights } = model;
  const cols = block.width;
  const hidden = weights.embedding.inputs;
  const holdings = new Holdings();
  try {
    const inputs = BandedSum.zeros(backend, inputSumOf(method).rows(cols), cols, holdings);
    const aim = streams.whole && BandedSum.zeros(backend, cols, hidden, holdings);
    await withWholeBlocks(model, [block], caller, async (whole) => {
      for (let part = 0; part < streams.cut.parts; part++) {
        await addPart(model, whole, streams, part, { method, block, sums: { inputs, aim } });
      }
    });
    return { inputs: await inputs.read(backend), aim: await aim?.read(backend) };
  } finally {
    holdings.release();
  }
}

/** Takes the streams of the whole model through the blocks of a step. */
export async function passStep(
  model: LoadedWeights,
  blocks: readonly Block[],
  streams: WindowStreams,
  caller: Caller,
): Promise<void> {
  await withWholeBlocks(model, blocks, caller, async ({ pass }) => {
    for (let part = 0; part < streams.parts; part++) await streams.advancePart(pass, part);
  });
}

/** What to sum over a part of the streams, and where. */
interface PartSums {
  readonly method: RecoveryMethod;
  readonly block: Block;
  readonly sums: { readonly inputs: BandedSum; readonly aim: BandedSum | undefined };
}

async function addPart(
  model: LoadedWeights,
  whole: WholeBlocks,
  streams: FitStreams,
  part: number,
  { method, block, sums }: PartSums,
): Promise<void> {
  const { windowLength } = streams.cut.partSize(part);
  const aim = streams.whole && (await aimOf(model, whole, { cut: streams.cut, whole: streams.whole }, part, block));
  try {
    const add = inputObserver(async (queue, x) => {
      await inputSumOf(method).add(queue, sums.inputs, x, windowLength);
      if (aim !== undefined && sums.aim !== undefined) await recordGram(queue, sums.aim, x, aim, windowLength);
    });
    await streams.cut.observe(whole.pass, part, add);
  } finally {
    aim?.release();
  }
}

/** What a block would have to give at every token of a part, see {@link FitSums}, [rows, hidden]. */
async function aimOf(
  { backend, weights }: LoadedWeights,
  { pass, weights: { attention, ffn } }: WholeBlocks,
  { cut, whole }: Record<'cut' | 'whole', WindowStreams>,
  part: number,
  { abreast }: Block,
): Promise<Matrix> {
  const aim = backend.matrix(cut.partSize(part).rows, weights.embedding.inputs);
  const projection = attention?.output ?? ffn?.down;
  const add = inputObserver(async (queue, x) => {
    if (projection !== undefined) await queue.announced(mapFlops(x.rows, projection));
    const { recorder } = queue;
    if (projection !== undefined) recorder.linear(aim, x, projection);
    recorder.addScaled(aim, whole.residual(part), 1 / abreast);
    recorder.addScaled(aim, cut.residual(part), -1 / abreast);
  });
  try {
    if (abreast === 1) await whole.advancePart(pass, part, add);
    else await whole.observe(pass, part, add);
    return aim;
  } catch (error) {
    aim.release();
    throw error;
  }
}
