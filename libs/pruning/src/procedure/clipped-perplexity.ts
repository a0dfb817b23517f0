/** Where the published code clips perplexity. */
const HIGHEST_PERPLEXITY = 1e8;

/** Perplexity of a mean NLL, also where that is not finite. */
export function clippedPerplexity(nll: number): number {
  const perplexity = Math.exp(nll);
  return perplexity < HIGHEST_PERPLEXITY ? perplexity : HIGHEST_PERPLEXITY;
}
