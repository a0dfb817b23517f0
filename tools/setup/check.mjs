import { checkBreakingChanges } from './check-breaking-changes.mjs';
import { checkGeneratedCode } from './check-generated-code.mjs';
import { installDependencies } from './dependencies.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { runTool } from './run-command.mjs';

const STEPS = [
  ['format', () => runTool('prettier', ['--check', '--log-level=warn', '.'])],
  ['types', () => runTool('tsc', ['-b'])],
  ['types of tests', () => runTool('tsc', ['-p', 'tsconfig.tests.json'])],
  // The layer rules read Nx's cached graph of projects, and are skipped with a warning where there is none.
  ['graph of projects', () => runTool('nx', ['show', 'projects', '--json'])],
  ['lint', () => runTool('eslint', ['.', '--max-warnings=0'])],
  ['contract lint', () => runTool('buf', ['lint', 'proto'])],
  ['contract compatibility', checkBreakingChanges],
  ['generated code', checkGeneratedCode],
];

checkNodeVersion();
installDependencies();
const failed = STEPS.filter(([name, run]) => {
  const startedAt = Date.now();
  const ok = run();
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  return !ok;
});
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.map(([name]) => name).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
