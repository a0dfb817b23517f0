import type { Command } from 'commander';
import { callUnary, planProto, scoringProto } from '@bonsai/rpc';
import type { ScoringServiceClient } from '@bonsai/rpc';
import { describeError, deviceName } from '@bonsai/support';
import { ExitCode } from '../exit-code.ts';
import { withScoringClient } from '../local/with-services.ts';
import { openModel, windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { adapterOption } from '../options/adapter-option.ts';
import { gpuMemoryOption } from '../options/gpu-memory-option.ts';
import { precisionName } from '../options/pruning-options.ts';
import { formatBytes, formatTable } from '../output/format.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';

/** Limits that decide what fits and how fast it goes. */
const SHOWN_LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;
const WANTED_FEATURES = ['shader-f16', 'subgroups'] as const;

interface DoctorOptions {
  readonly model?: string;
  readonly gpuMemory?: number;
  readonly adapter?: string;
  readonly json: boolean;
}

interface Diagnosis {
  readonly ok: boolean;
  readonly node: string;
  readonly platform: string;
  readonly adapter: scoringProto.AdapterInfo | undefined;
  /** What the named model takes at the default context, with as many masks as go together. */
  readonly memory: scoringProto.PlanMemoryResponse | undefined;
  readonly problem: string | undefined;
}

const READY_IN_SOFTWARE =
  'Ready, but slow: bonsai can use this adapter, which computes on the CPU. If this machine has a GPU, install the Vulkan ' +
  'driver of its vendor. Where VK_DRIVER_FILES or VK_ICD_FILENAMES is set, only drivers that it names are looked at.';

/** Masks enough to fill what goes through a model together. */
const MANY_MASKS = 1024;

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('Check this machine: GPU adapter, driver, features, and what to install.')
    .option('--model <dir>', 'also say what this checkpoint takes of the GPU memory')
    .addOption(gpuMemoryOption())
    .addOption(adapterOption())
    .option('--json', 'print one JSON document', false)
    .action((options: DoctorOptions) => runDoctor(options, terminal));
}

/** Starts a scorer as a pruning job would: what it says about its adapter is what jobs will get. */
async function runDoctor(options: DoctorOptions, terminal: Terminal): Promise<void> {
  const diagnosis = await diagnose(options, terminal);
  writeResult(terminal, options.json, diagnosis, describe(diagnosis));
  if (!diagnosis.ok) throw new ExitCode(1);
}

async function diagnose({ model: directory, ...scorer }: DoctorOptions, terminal: Terminal): Promise<Diagnosis> {
  const machine = { node: process.versions.node, platform: `${process.platform} ${process.arch}` };
  try {
    const model = directory === undefined ? undefined : await openModel(directory, undefined, terminal);
    return await withScoringClient(scorer, terminal, async (client) => {
      const { adapter } = await callUnary<scoringProto.GetServerInfoResponse>((...rest) =>
        client.getServerInfo({}, ...rest),
      );
      const memory = model === undefined ? undefined : await planMemory(client, model);
      return { ok: true, ...machine, adapter, memory, problem: undefined };
    });
  } catch (error) {
    return { ok: false, ...machine, adapter: undefined, memory: undefined, problem: describeError(error) };
  }
}

function planMemory(client: ScoringServiceClient, local: LocalModel): Promise<scoringProto.PlanMemoryResponse> {
  const { path, revision } = local;
  const model = { path, revision, precision: planProto.Precision.PRECISION_UNSPECIFIED };
  const metric = planProto.Metric.METRIC_NLL;
  const work = { windowLengths: [windowLength(local)], maskCount: MANY_MASKS, metric };
  const request = scoringProto.PlanMemoryRequest.fromPartial({ model, ...work });
  return callUnary((...rest) => client.planMemory(request, ...rest));
}

function describe({ node, platform, adapter, memory, problem }: Diagnosis): string {
  const rows = [
    ['Node', node],
    ['platform', platform],
  ];
  if (adapter === undefined) return `${formatTable(rows, 'left')}\n\n${problem ?? ''}`;
  rows.push(
    ['adapter', deviceName(adapter)],
    ['vendor', `${adapter.vendor} ${adapter.architecture}`.trim()],
    ['backend', adapter.backend],
    ['computes on', adapter.software ? 'the CPU, in software' : 'the GPU'],
    ['subgroup size', String(adapter.subgroupSize)],
    ['products by', adapter.tiling],
    ...WANTED_FEATURES.map((name) => [name, adapter.features.includes(name) ? 'yes' : 'no']),
    ...SHOWN_LIMITS.map((name) => [name, formatBytes(adapter.limits[name] ?? 0)]),
  );
  if (memory !== undefined) {
    rows.push(
      ['model weights', `${formatBytes(memory.weightBytes)}, ${precisionName(memory.precision) ?? 'unknown'}`],
      ['  streamed', formatBytes(memory.streamedWeightBytes)],
      ['activations', formatBytes(memory.activationBytes)],
      ['workspace', formatBytes(memory.workspaceBytes)],
    );
  }
  return `${formatTable(rows, 'left')}\n\n${adapter.software ? READY_IN_SOFTWARE : 'Ready: bonsai can use this adapter.'}`;
}
