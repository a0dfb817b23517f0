import base from '../jest.base.mjs';
import { testTimeout } from './jest.config.mjs';

export default { ...base, testTimeout, testMatch: ['<rootDir>/transformers/**/*.test.ts'] };
