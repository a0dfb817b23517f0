/** A source of random numbers that is an argument, never a global: the same seed gives the same stream everywhere. */
export interface Random {
  /** Uniform in [0, 1), 53 random bits. */
  next(): number;
}

const MASK_64 = (1n << 64n) - 1n;

/** SplitMix64 step (Steele, Lea, Flood 2014): turns any seed into well-mixed state words. */
function splitMix64(state: bigint): { state: bigint; word: bigint } {
  const next = (state + 0x9e3779b97f4a7c15n) & MASK_64;
  let z = next;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
  return { state: next, word: z ^ (z >> 31n) };
}

/**
 * A stream that depends on every one of `keys` (seed, round, index, ...), so that any mask can be made again from its
 * index alone. Generator: sfc32 (Doty-Humphrey), seeded through SplitMix64.
 * @param keys non-negative safe integers
 */
export function seededRandom(...keys: readonly number[]): Random {
  let state = 0n;
  for (const key of keys) {
    if (!Number.isSafeInteger(key) || key < 0) throw new RangeError(`random key ${key} is not a non-negative integer`);
    state = splitMix64(state ^ BigInt(key)).word;
  }
  const first = splitMix64(state);
  const second = splitMix64(first.state);
  let a = Number(first.word & 0xffffffffn) | 0;
  let b = Number(first.word >> 32n) | 0;
  let c = Number(second.word & 0xffffffffn) | 0;
  let counter = 1;
  const next32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next32();
  return { next: () => (next32() * 0x200000 + (next32() >>> 11)) / 2 ** 53 };
}

/** Standard normal by Box-Muller. */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

/** Uniform integer in [0, bound). */
export function integerBelow(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/** Fisher-Yates, in place. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = integerBelow(random, i + 1);
    const held = items[i] as T;
    items[i] = items[j] as T;
    items[j] = held;
  }
  return items;
}
