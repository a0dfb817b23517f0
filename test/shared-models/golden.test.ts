import { fileURLToPath } from 'node:url';
import { describeGolden } from '../golden/describe-golden.ts';

/** Third-party models beside the repository; the tests fail where they are missing. */
const STORED = { stories260K: 'f32', stories15M: 'f16' } as const;

for (const [model, stored] of Object.entries(STORED)) {
  describeGolden(model, fileURLToPath(new URL(`../../../shared/models/${model}`, import.meta.url)), stored);
}
