import { join } from 'node:path';
import { repositoryRoot } from './repository-root.mjs';
import { runCommand } from './run-command.mjs';
import { setUpAndRun } from './setup.mjs';

setUpAndRun((env) => runCommand(process.execPath, [join(repositoryRoot, 'tools/demo/dist/main.js')], { env }));
