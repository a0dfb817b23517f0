import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoShelves, splitText } from '@bonsai/demo';
import { digest } from '@bonsai/support';
import { alternatingSplit, thinned } from './alternating-split.ts';
import type { SplitText } from './alternating-split.ts';
import type { TextSources } from './comparison-options.ts';

/** Characters per block: many blocks in any text worth evaluating on. */
const BLOCK_LENGTH = 2048;

/** Enough for 64 windows of 2048 tokens. */
const LONGEST_TEXT = 1_000_000;

/** Files that share no text. */
export interface TextFiles {
  readonly calibration: string;
  readonly evaluation: string;
  /** Of both texts. */
  readonly digest: string;
}

/** Writes what is calibrated on and what is evaluated on into a folder. */
export async function writeTexts(sources: TextSources, folder: string): Promise<TextFiles> {
  const whole = await readSources(sources);
  const calibration = thinned(whole.calibration, LONGEST_TEXT, BLOCK_LENGTH);
  const evaluation = thinned(whole.evaluation, LONGEST_TEXT, BLOCK_LENGTH);
  await mkdir(folder, { recursive: true });
  const files = { calibration: join(folder, 'calibration.txt'), evaluation: join(folder, 'evaluation.txt') };
  await writeFile(files.calibration, calibration);
  await writeFile(files.evaluation, evaluation);
  return { ...files, digest: digest([calibration, evaluation]) };
}

async function readSources({ text, calibration, evaluation }: TextSources): Promise<SplitText> {
  if (text !== undefined) return alternatingSplit(await readFile(text, 'utf8'), BLOCK_LENGTH);
  if (calibration !== undefined && evaluation !== undefined) {
    return { calibration: await readFile(calibration, 'utf8'), evaluation: await readFile(evaluation, 'utf8') };
  }
  const demo = splitText(demoShelves());
  return { calibration: demo.calibration, evaluation: demo.heldOut };
}
