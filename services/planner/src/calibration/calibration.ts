import { digest, invalidArgument } from '@bonsai/support';

/** Token windows that masks are judged on, with their content addresses. */
export interface Calibration {
  /** SHA-256 (hex) over the token ids of all windows. */
  readonly digest: string;
  readonly windows: readonly CalibrationWindow[];
}

export interface CalibrationWindow {
  readonly digest: string;
  /** At least two: each but the first is a prediction target. */
  readonly tokenIds: Uint32Array;
}

/** @throws BonsaiError TEXT_EMPTY, WINDOW_LENGTH */
export function makeCalibration(windows: readonly Uint32Array[]): Calibration {
  if (windows.length === 0) {
    throw invalidArgument('TEXT_EMPTY', 'windows', 'Calibration needs at least one window; send some text.');
  }
  for (const [i, window] of windows.entries()) requireTarget(window, i);
  return {
    digest: digest(windows.map(encodeTokenIds)),
    windows: windows.map((tokenIds) => ({ digest: digest([encodeTokenIds(tokenIds)]), tokenIds })),
  };
}

/** @throws BonsaiError WINDOW_LENGTH unless the window, whose place this is, has a token to predict */
export function requireTarget({ length }: Uint32Array | readonly number[], place: number): void {
  if (length >= 2) return;
  const message = `Window ${place} has fewer than two tokens, so there is nothing to predict; send longer windows.`;
  throw invalidArgument('WINDOW_LENGTH', `windows[${place}]`, message);
}

export function tokensIn(windows: readonly CalibrationWindow[]): number {
  return windows.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
}

/** Tokens of each window. */
export function windowTokensOf({ windows }: Calibration): number[] {
  return windows.map(({ tokenIds }) => tokenIds.length);
}

/** Token ids as 32-bit unsigned integers, little endian whatever the machine, so that digests are the same everywhere. */
export function encodeTokenIds(tokenIds: Uint32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(tokenIds.length * 4));
  for (const [i, id] of tokenIds.entries()) bytes.setUint32(i * 4, id, true);
  return new Uint8Array(bytes.buffer);
}

export function decodeTokenIds(blob: Uint8Array): Uint32Array {
  const bytes = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  return Uint32Array.from({ length: blob.byteLength / 4 }, (_, i) => bytes.getUint32(i * 4, true));
}
