import { join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';
import { setUpAndRun } from './setup.mjs';

const main = join(repositoryRoot, 'tools/bench/dist/engine/main.js');
setUpAndRun((env) => runCommand(process.execPath, [main, ...process.argv.slice(2)], { env }));
