import { InvalidArgumentError } from 'commander';

/** What a uint32 of the contract holds. */
const LARGEST_UINT32 = 2 ** 32 - 1;

/** Parser of an option that takes a whole number of at least `least` and at most `most`. */
export function wholeNumber(least: number, most = LARGEST_UINT32): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Parser of an option that takes a share of a whole, above 0 and below 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1)) {
    throw new InvalidArgumentError('Give a number above 0 and below 1, such as 0.5.');
  }
  return value;
}

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Parser of an option that takes a number of things, with k, M, G or T for short; rounded down. */
export function quantity(text: string): number {
  const [, number = '', suffix = ''] = /^(\d+(?:\.\d+)?)([kMGT]?)$/.exec(text) ?? [];
  const value = Math.floor(Number(number) * (SUFFIXES[suffix] ?? 1));
  if (number === '' || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('Give a number of at least 1, such as 1200000 or 1.2M.');
  }
  return value;
}

/** Parser of an option that takes a finite number of at least `least`. */
export function numberFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least) {
      throw new InvalidArgumentError(`Give a number of at least ${least}.`);
    }
    return value;
  };
}

/** Parser of an option that takes whole numbers from 0 on, separated by commas. */
export function wholeNumbers(text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (!/^\d+(,\d+)*$/.test(text) || !numbers.every((number) => number <= LARGEST_UINT32)) {
    throw new InvalidArgumentError('Give whole numbers separated by commas, such as 0,1,11.');
  }
  return numbers;
}
