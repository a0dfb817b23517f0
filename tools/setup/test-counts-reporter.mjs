import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Jest reporter that leaves the counts of one project in BONSAI_TEST_COUNTS, for the closing line over all projects. */
export default class TestCountsReporter {
  onRunComplete(
    _contexts,
    { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests },
  ) {
    const folder = process.env.BONSAI_TEST_COUNTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    const project = `${basename(dirname(process.cwd()))}-${basename(process.cwd())}`;
    const counts = {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped: numPendingTests + numTodoTests,
    };
    writeFileSync(join(folder, `${project}-${process.pid}.json`), JSON.stringify(counts));
  }
}
