import base from '../jest.base.mjs';

/** Tests here start processes and run whole models, also on machines that have other things to do. */
export const testTimeout = 300_000;

export default {
  ...base,
  testTimeout,
  // Targets of their own: the shared models are third-party data outside the repository, Python and transformers are
  // referees from outside, and SwiftShader is another driver.
  testPathIgnorePatterns: [
    ...base.testPathIgnorePatterns,
    ...['/shared-models/', '/test/python/', '/test/transformers/', '/swiftshader/'],
  ],
};
