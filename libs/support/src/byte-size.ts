import { invalidArgument } from './bonsai-error.ts';

const UNIT_BYTES: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** How a size is written, to be told to whoever wrote another. */
export const BYTE_SIZE_FORM = 'write bytes or a number with KiB, MiB or GiB, such as 8GiB';

/** "1.5GiB" -> 1610612736; undefined for what is no size, and for none. */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?(|KiB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (UNIT_BYTES[unit ?? ''] ?? Number.NaN));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** The size that an option was given, if any. @throws BonsaiError SETTING_INVALID naming the option */
export function byteSizeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseByteSize(text);
  if (bytes !== undefined) return bytes;
  throw invalidArgument('SETTING_INVALID', option, `"${text}" is no size; ${BYTE_SIZE_FORM}.`);
}
