import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';
import { runTool } from './run-command.mjs';
import { setUpAndRun } from './setup.mjs';

/** Tests of all projects together, from what the reporter left in the folder. */
function totals(folder) {
  return readdirSync(folder)
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .reduce(
      (sum, { passed, failed, skipped }) => ({
        passed: sum.passed + passed,
        failed: sum.failed + failed,
        skipped: sum.skipped + skipped,
      }),
      { passed: 0, failed: 0, skipped: 0 },
    );
}

/**
 * Runs one nx target of all projects that have it and closes with the number of tests.
 * @param {string} target
 */
function runTests(target, env) {
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-test-counts-'));
  const reporter = join(repositoryRoot, 'tools/setup/test-counts-reporter.mjs');
  const ok = runTool(
    'nx',
    ['run-many', '-t', target, '--outputStyle=stream', '--', '--reporters=default', `--reporters=${reporter}`],
    { env: { ...env, BONSAI_TEST_COUNTS: folder, ...(process.stdout.isTTY ? {} : { FORCE_COLOR: '0' }) } },
  );
  const { passed, failed, skipped } = totals(folder);
  rmSync(folder, { recursive: true });
  // A test that does not run checks nothing, so it counts as failed; so does a project that crashes.
  const failures = ok ? failed + skipped : Math.max(failed + skipped, 1);
  if (skipped > 0) console.log(`${skipped} tests were skipped`);
  console.log(`${passed} passed, ${failures} failed`);
  return failures === 0 && passed > 0;
}

setUpAndRun((env) => runTests(process.argv[2] ?? 'test', env));
