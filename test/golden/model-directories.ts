import { fileURLToPath } from 'node:url';

/** Bundled with the repository. */
export const SOTU_DIRECTORY = fileURLToPath(new URL('../../tools/demo/sotu-3M', import.meta.url));
