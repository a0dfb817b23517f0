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
    .reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), {
      passed: 0,
      failed: 0,
    });
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
  const { passed, failed } = totals(folder);
  rmSync(folder, { recursive: true });
  // A project that ends badly without a failing test (a crash) counts as one failure.
  const failures = ok ? failed : Math.max(failed, 1);
  console.log(`${passed} passed, ${failures} failed`);
  return failures === 0 && passed > 0;
}

setUpAndRun((env) => runTests(process.argv[2] ?? 'test', env));
