import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';
import { runTool } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

const stamp = join(repositoryRoot, '.bonsai/built');

const projects = () =>
  JSON.parse(readFileSync(join(repositoryRoot, 'tsconfig.json'), 'utf8')).references.map(({ path }) =>
    join(repositoryRoot, path),
  );

/** Latest modification in a source tree; folders count, so that a deleted file is noticed. */
function newestIn(path) {
  const { mtimeMs } = statSync(path);
  return readdirSync(path, { withFileTypes: true }).reduce((newest, entry) => {
    const child = join(path, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestIn(child) : statSync(child).mtimeMs);
  }, mtimeMs);
}

function upToDate() {
  if (!existsSync(stamp)) return false;
  const builtAt = statSync(stamp).mtimeMs;
  if (statSync(join(repositoryRoot, 'tsconfig.base.json')).mtimeMs > builtAt) return false;
  return projects().every(
    (project) =>
      existsSync(join(project, 'dist')) &&
      statSync(join(project, 'tsconfig.json')).mtimeMs <= builtAt &&
      newestIn(join(project, 'src')) <= builtAt,
  );
}

/** Compiles all projects unless their outputs are newer than their sources. The stamp is written by a build that worked. */
export function build() {
  if (upToDate()) return;
  const startedAt = new Date();
  console.error('Building ...');
  if (!runTool('nx', ['run', 'bonsai:build', '--outputStyle=static'])) {
    throw new SetupError('The build failed: the compiler messages above say where.');
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, startedAt, startedAt);
}
