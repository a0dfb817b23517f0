import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommand, runCommand, runTool } from './run-command.mjs';

const commitOf = (ref) => {
  const { ok, output } = readCommand('git', ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  return ok ? output.trim() : undefined;
};

/** The main that landed last: origin's; where there is none, or this checkout is that very commit, the one before it. */
function lastLandedMain() {
  const landed = commitOf('origin/main');
  return landed === undefined || landed === commitOf('HEAD') ? commitOf('HEAD^') : landed;
}

/** Compares the contract with the last landed main. Without such a commit there is nothing to break, and it says so. */
export function checkBreakingChanges() {
  const base = lastLandedMain();
  if (base === undefined || !readCommand('git', ['cat-file', '-e', `${base}:proto/buf.yaml`]).ok) {
    console.log('No earlier commit with a contract: there is nothing to compare the contract with.');
    return true;
  }
  const folder = mkdtempSync(join(tmpdir(), 'bonsai-contract-'));
  try {
    const archive = join(folder, 'landed.tar');
    return (
      runCommand('git', ['archive', '--format=tar', `--output=${archive}`, base, 'proto']) &&
      runTool('buf', ['breaking', 'proto', '--against', `${archive}#format=tar,subdir=proto`])
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
