import { fileURLToPath } from 'node:url';
import { describeGolden } from '../golden/describe-golden.ts';

/** Third-party models beside the repository; the tests fail where they are missing. */
for (const model of ['stories260K', 'stories15M']) {
  await describeGolden(model, fileURLToPath(new URL(`../../../shared/models/${model}`, import.meta.url)));
}
