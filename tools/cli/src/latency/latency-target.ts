import { InvalidArgumentError } from 'commander';

/** The most that a forward pass of the pruned model may take. */
export type LatencyTarget =
  /** Of what the whole model takes, above 0 and below 1. */
  { readonly share: number } | { readonly picoseconds: number };

const SUFFIXES: Readonly<Record<string, number>> = { us: 1e6, ms: 1e9, s: 1e12 };

/** Parser of an option that takes a share of the whole model's time, such as 0.6, or a time, such as 12.5ms. */
export function latencyTarget(text: string): LatencyTarget {
  const [, number = '', suffix = ''] = /^(\d+(?:\.\d+)?|\.\d+)(us|ms|s)?$/.exec(text) ?? [];
  const value = Number(number);
  if (number !== '' && suffix === '' && value > 0 && value < 1) return { share: value };
  const picoseconds = Math.floor(value * (SUFFIXES[suffix] ?? 0));
  if (Number.isSafeInteger(picoseconds) && picoseconds >= 1) return { picoseconds };
  throw new InvalidArgumentError("Give a share of the whole model's time, such as 0.6, or a time, such as 12.5ms.");
}
