import { describeGolden } from './describe-golden.ts';
import { SOTU_DIRECTORY } from './model-directories.ts';

describeGolden('sotu-3M', SOTU_DIRECTORY, 'bf16');
