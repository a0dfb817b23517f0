import base from '../jest.base.mjs';

export default { ...base, testMatch: ['<rootDir>/shared-models/**/*.test.ts'] };
