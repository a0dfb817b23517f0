import { isJsonObject } from '@bonsai/support';
import type { JsonObject } from '@bonsai/support';

/** The part of `bonsai prune --json` that the demo and the benchmarks read; with --eval, perplexity is there. */
export interface PruningResult {
  readonly sparsity: number;
  readonly perplexity: { readonly before: number; readonly after: number };
  /** With --eval-kl. */
  readonly kl: number | undefined;
  readonly rounds: readonly RoundResult[];
  /** Of rounds and of everything beside them. */
  readonly forwardTokens: number;
  readonly gpuMemoryPeakBytes: number;
  readonly files: readonly string[];
}

export interface RoundResult {
  readonly round: number;
  readonly masks: number;
  readonly looR2: number | undefined;
  readonly kendallTau: number | undefined;
}

/** @throws TypeError if the document does not have the promised shape */
export function pruningResult(document: unknown): PruningResult {
  const result = object(document);
  const perplexity = object(result['perplexity']);
  const outputs = object(result['outputs']);
  return {
    sparsity: number(result['sparsity']),
    perplexity: { before: number(perplexity['before']), after: number(perplexity['after']) },
    kl: optionalNumber(result['kl']),
    rounds: list(result['rounds']).map(roundResult),
    forwardTokens: number(result['forward_tokens']),
    gpuMemoryPeakBytes: number(result['gpu_memory_peak_bytes']),
    files: [text(outputs['plan']), ...list(outputs['models']).map((model) => text(object(model)['path']))],
  };
}

function roundResult(value: unknown): RoundResult {
  const round = object(value);
  return {
    round: number(round['round']),
    masks: number(round['masks']),
    looR2: optionalNumber(round['loo_r2']),
    kendallTau: optionalNumber(round['kendall_tau']),
  };
}

function object(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw new TypeError('expected an object in the JSON document of bonsai');
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError('expected a list in the JSON document of bonsai');
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError('expected a number in the JSON document of bonsai');
}

const optionalNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError('expected a text in the JSON document of bonsai');
}
