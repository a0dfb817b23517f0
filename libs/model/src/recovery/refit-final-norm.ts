import type { HostMatrix } from '@bonsai/ops';
import type { ForwardPass } from '../forward/forward-pass.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import type { WindowStreams } from './window-streams.ts';

/**
 * Gains of the final norm for streams that have gone through all blocks: every channel's are scaled by least squares to what
 * the norm hands to the head in the whole model. A channel that the cut has made noisy counts for less, so that the model is no
 * surer of its predictions than it should be.
 * @param cut streams behind all blocks as cut and recovered
 * @param whole of the same windows, behind all whole blocks
 * @returns [1, hidden]
 */
export async function refitFinalNorm(
  { backend, checkpoint, weights }: LoadedWeights,
  pass: ForwardPass,
  cut: WindowStreams,
  whole: WindowStreams,
): Promise<HostMatrix> {
  const { gain, bias } = weights.finalNorm;
  const shift = bias === undefined ? new Float32Array(gain.cols) : await backend.read(bias);
  const own = await backend.read(gain);
  const [products, squares] = [new Float64Array(gain.cols), new Float64Array(gain.cols)];
  for (let part = 0; part < cut.parts; part++) {
    const [x, y] = [await cut.headInput(pass, part), await whole.headInput(pass, part)];
    addProducts({ products, squares }, shift, x, y);
  }
  const { hiddenSize } = checkpoint.config;
  const data = own
    .slice(0, hiddenSize)
    .map((value, channel) => value * scaleOf(products[channel] as number, squares[channel] as number));
  return { rows: 1, cols: hiddenSize, data };
}

interface ChannelSums {
  readonly products: Float64Array;
  readonly squares: Float64Array;
}

/** Adds x y and x^2 of every channel over all rows, without the bias that the norm adds. */
function addProducts({ products, squares }: ChannelSums, bias: Float32Array, x: Float32Array, y: Float32Array): void {
  for (let row = 0; row < x.length; row += bias.length) {
    for (let channel = 0; channel < bias.length; channel++) {
      const shift = bias[channel] as number;
      const value = (x[row + channel] as number) - shift;
      products[channel] = (products[channel] as number) + value * ((y[row + channel] as number) - shift);
      squares[channel] = (squares[channel] as number) + value * value;
    }
  }
}

/** 1 where the sums say nothing. */
function scaleOf(product: number, square: number): number {
  const scale = product / square;
  return Number.isFinite(scale) ? scale : 1;
}
