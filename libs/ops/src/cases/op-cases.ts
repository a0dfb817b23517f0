import { columnSumsCases, gramCases } from './accumulation-cases.ts';
import { addBiasCases } from './add-bias-cases.ts';
import { addScaledCases } from './add-scaled-cases.ts';
import { attentionCases } from './attention-cases.ts';
import { biasedGeluCases } from './biased-gelu-cases.ts';
import { copyBlocksCases } from './copy-blocks-cases.ts';
import { embedCases } from './embed-cases.ts';
import { gatheredLogitsCases } from './gathered-logits-cases.ts';
import { gatedLinearCases } from './gated-linear-cases.ts';
import { keptLinearCases } from './kept-linear-cases.ts';
import { headNormCases } from './head-norm-cases.ts';
import { layerNormCases } from './layer-norm-cases.ts';
import { linearCases } from './linear-cases.ts';
import { negativeLogLikelihoodCases } from './negative-log-likelihood-cases.ts';
import type { OpCase } from './op-case.ts';
import { rmsNormCases } from './rms-norm-cases.ts';
import { rotaryEmbeddingCases } from './rotary-embedding-cases.ts';
import { rowCosinesCases } from './row-cosines-cases.ts';

/** Every op at the shapes where kernels tend to go wrong: size 1, primes, just past a tile, several masks. */
export const opCases: readonly OpCase[] = [
  ...embedCases,
  ...copyBlocksCases,
  ...rmsNormCases,
  ...layerNormCases,
  ...linearCases,
  ...addBiasCases,
  ...addScaledCases,
  ...biasedGeluCases,
  ...gatedLinearCases,
  ...keptLinearCases,
  ...headNormCases,
  ...rotaryEmbeddingCases,
  ...attentionCases,
  ...negativeLogLikelihoodCases,
  ...gatheredLogitsCases,
  ...columnSumsCases,
  ...gramCases,
  ...rowCosinesCases,
];
