import type { TokenLogits } from '../forward/head.ts';

/**
 * Tokens of every position that a divergence tells apart. What is likely beyond them is one event, so that the divergence is
 * a lower bound of that over the whole vocabulary.
 */
export const TOP_TOKENS = 64;

/**
 * What a model predicts at every position of a window: the logits of its most likely next tokens, behind that of the actual
 * next token, whose NLL makes probabilities of them.
 */
export interface Predictions extends TokenLogits {
  /** [positions, 1 + top tokens]: the actual next token, 0 where there is none, then the most likely ones. */
  readonly tokens: Uint32Array;
}

/** Tokens of every position, the actual next one included. */
export function tokensPerPosition(vocabSize: number): number {
  return 1 + Math.min(TOP_TOKENS, vocabSize);
}

/** Of host memory. */
export function predictionBytes({ tokens, logits, losses }: Predictions): number {
  return tokens.byteLength + logits.byteLength + losses.byteLength;
}

/** What {@link predictionBytes} will be for so many positions. */
export function expectedPredictionBytes(vocabSize: number, positions: number): number {
  const [word, perPosition] = [4, 1 + 2 * tokensPerPosition(vocabSize)];
  return word * perPosition * positions;
}
