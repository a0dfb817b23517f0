import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { BonsaiError, describeError, parseJsonObject } from '@bonsai/support';
import type { ErrorReason } from '@bonsai/support';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEvalCommand } from './commands/eval.ts';
import { addExportCommand } from './commands/export.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addPruneCommand } from './commands/prune.ts';
import { addServeCommand } from './commands/serve.ts';
import { ExitCode } from './exit-code.ts';
import { UsageError } from './options/usage-error.ts';
import type { Terminal } from './output/terminal.ts';

const SUCCESS = 0;
const FAILURE = 1;
const WRONG_USAGE = 2;

const SETTING_REASONS: readonly ErrorReason[] = ['SETTING_INVALID', 'SPARSITY_OUT_OF_RANGE', 'SPARSITY_UNREACHABLE'];

/** Every command is a file of its own that adds itself to the program. */
const COMMANDS = [addPruneCommand, addEvalCommand, addExportCommand, addServeCommand, addJobsCommand, addDoctorCommand];

function packageVersion(): string {
  const version = parseJsonObject(readFileSync(new URL('../package.json', import.meta.url)))?.['version'];
  return typeof version === 'string' ? version : 'unknown';
}

function buildProgram(terminal: Terminal): Command {
  const program = new Command('bonsai')
    .description('Prunes LLaMA-family language models with forward passes only.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .showHelpAfterError('(add --help for the options)');
  for (const addCommand of COMMANDS) addCommand(program, terminal);
  return program;
}

/**
 * Runs one command line.
 * @returns exit code: 0, 2 for a wrong command line, 1 for everything else that fails
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await buildProgram(terminal).parseAsync(args, { from: 'user' });
    return SUCCESS;
  } catch (error) {
    // Commander has already said what is wrong; asking for help or the version is not an error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? SUCCESS : WRONG_USAGE;
    if (error instanceof ExitCode) return error.code;
    terminal.err(`${describeError(error)}\n`);
    return isWrongUsage(error) ? WRONG_USAGE : FAILURE;
  }
}

/** An option with a value that the model, the method or another option does not admit. */
function isWrongUsage(error: unknown): boolean {
  if (error instanceof UsageError) return true;
  if (!(error instanceof BonsaiError)) return false;
  return SETTING_REASONS.includes(error.reason) && error.field?.startsWith('--') === true;
}
