import { fileURLToPath } from 'node:url';

export { demoShelves, splitText } from './demo-text.ts';

/** The checkpoint that comes with the demo. */
export const DEMO_MODEL = fileURLToPath(new URL('../sotu-3M', import.meta.url));
