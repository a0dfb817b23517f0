/** How much the worst quarter of the windows suffers, in nats per token: bonsai prune --metric-module worst-quarter.mjs */
export const name = 'worst-quarter';
export const version = '1';

const nll = ({ nllSum, tokenCount }) => nllSum / tokenCount;

/**
 * @param {{ window: number, nllSum: number, tokenCount: number }[]} windows of one masked model
 * @param {{ window: number, nllSum: number, tokenCount: number }[]} base the same windows of the original model
 * @returns {number} lower is better
 */
export function loss(windows, base) {
  const rises = windows.map((window, i) => nll(window) - nll(base[i])).sort((a, b) => b - a);
  const worst = rises.slice(0, Math.ceil(rises.length / 4));
  return worst.reduce((sum, rise) => sum + rise, 0) / worst.length;
}
