import { runCli } from './cli.ts';
import { failOnUnwritable } from './output/fail-on-unwritable.ts';
import { processTerminal } from './output/terminal.ts';

failOnUnwritable(process);
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
