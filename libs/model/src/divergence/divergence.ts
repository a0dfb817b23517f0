import type { TokenLogits } from '../forward/head.ts';

/** Below this, what is left beside the top tokens cannot be told from rounding: sums and logits are in f32. */
const LEAST_REST = 2 ** -20;

/**
 * KL(p || q) in nats between what two models predict at one position, over the same tokens and one event that stands for all
 * others. Never more than the divergence over the whole vocabulary, since lumping events cannot tell distributions apart
 * any better (data-processing inequality); at most LEAST_REST below 0 by rounding. Exactly 0 between equal bits.
 * @param tokens per row, the actual next token first: it serves the normalisation alone
 */
export function divergence(p: TokenLogits, pRow: number, q: TokenLogits, qRow: number, tokens: number): number {
  const pFirst = pRow * tokens;
  const qFirst = qRow * tokens;
  // log(sum of exponentials) = NLL of a token + its logit.
  const pTotal = (p.losses[pRow] as number) + (p.logits[pFirst] as number);
  const qTotal = (q.losses[qRow] as number) + (q.logits[qFirst] as number);
  let sum = 0;
  let pRest = 1;
  let qRest = 1;
  for (let i = 1; i < tokens; i++) {
    const logP = (p.logits[pFirst + i] as number) - pTotal;
    const logQ = (q.logits[qFirst + i] as number) - qTotal;
    const probability = Math.exp(logP);
    sum += probability * (logP - logQ);
    pRest -= probability;
    qRest -= Math.exp(logQ);
  }
  pRest = Math.max(pRest, LEAST_REST);
  return sum + pRest * Math.log(pRest / Math.max(qRest, LEAST_REST));
}
