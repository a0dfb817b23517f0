import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { PLANNER_MAIN } from '@bonsai/planner';
import { ExitCode } from '../exit-code.ts';

/** The services as programs of their own: options and help are theirs, so that they are the same without this command. */
export function addServeCommand(program: Command): void {
  const serve = program.command('serve').description('Run one of the services until it is stopped.');
  // Loaded only here: the other commands have no use for GPU code in their own process.
  const scorer = async (): Promise<string> => (await import('@bonsai/scoring')).SCORING_MAIN;
  addService(serve, 'scorer', 'Run forward passes on the GPU of this machine, over gRPC (--help for options).', scorer);
  const planner = (): Promise<string> => Promise.resolve(PLANNER_MAIN);
  addService(serve, 'planner', 'Run pruning jobs against scorers, over gRPC (--help for options).', planner);
}

function addService(serve: Command, name: string, description: string, entryPoint: () => Promise<string>): void {
  serve
    .command(name)
    .description(description)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options: unknown, command: Command) => runService(await entryPoint(), command.args));
}

/** The service takes over this process, so that signals and exit are its own; the import ends when the service does. */
async function runService(main: string, args: readonly string[]): Promise<void> {
  process.argv.splice(1, process.argv.length, main, ...args);
  // Mesa's software drivers want a runtime folder, which containers and cron jobs do not have.
  process.env['XDG_RUNTIME_DIR'] ??= tmpdir();
  await import(pathToFileURL(main).href);
  throw new ExitCode(Number(process.exitCode ?? 0));
}
