import { jsonLogger } from '@bonsai/rpc';
import type { Logger } from '@bonsai/rpc';
import { BonsaiError } from '@bonsai/support';
import { USAGE, parseCommandLine } from './process/command-line.ts';
import type { CommandLine } from './process/command-line.ts';
import { openGpu } from './process/gpu-compute-device.ts';
import { untilStopped } from './process/until-stopped.ts';
import { startScoringServer } from './start-scoring-server.ts';

/** How long running calls may take to finish after a polite request to stop. */
const GRACE_MILLISECONDS = 5_000;

/**
 * Serves until it is told to stop or the GPU is lost, then exits, so that whoever supervises the process starts it again
 * with a fresh device. Standard output gets one line of JSON once calls are taken; logs go to standard error.
 */
async function serve(commandLine: CommandLine, log: Logger): Promise<number> {
  const stop = untilStopped({ withParent: commandLine.exitWithParent });
  const { listen: address, modelsRoot, precision, gpuMemory: memoryBudget } = commandLine;
  const server = await startScoringServer({
    address,
    modelsRoot,
    precision,
    openDevice: () => openGpu({ memoryBudget }),
    // The other half is for the activations of whatever runs.
    ...(memoryBudget === undefined ? {} : { cacheBytes: memoryBudget / 2 }),
    log,
    now: Date.now,
    deviceLost: (error) => stop.because(`device lost: ${error.message}`, 1),
  });
  const { description, device } = server.device.adapter;
  const ready = { event: 'ready', address: server.address, pid: process.pid, adapter: description || device };
  process.stdout.write(`${JSON.stringify(ready)}\n`);

  const { reason, exitCode } = await stop.requested;
  log('info', 'stopping', { reason });
  await server.stop(GRACE_MILLISECONDS);
  return exitCode;
}

async function main(): Promise<number> {
  const log = jsonLogger((line) => process.stderr.write(line), Date.now);
  try {
    const commandLine = parseCommandLine(process.argv.slice(2));
    if (commandLine !== undefined) return await serve(commandLine, log);
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof BonsaiError)) throw error;
    const { code, reason, field, message } = error;
    log('error', 'failed', { code, reason, field, message });
    return reason === 'SETTING_INVALID' || reason === 'ADDRESS_INVALID' ? 2 : 1;
  }
}

// Dawn's threads would keep the process alive, and nothing is left to do.
process.exit(await main());
