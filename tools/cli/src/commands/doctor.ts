import type { Command } from 'commander';
import { callUnary } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { ExitCode } from '../exit-code.ts';
import { withScoringClient } from '../local/with-services.ts';
import { describeError } from '../output/describe-error.ts';
import { formatBytes, formatTable } from '../output/format.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';

/** Limits that decide what fits and how fast it goes. */
const SHOWN_LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;
const WANTED_FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

interface Diagnosis {
  readonly ok: boolean;
  readonly node: string;
  readonly platform: string;
  readonly adapter: scoringProto.AdapterInfo | undefined;
  readonly problem: string | undefined;
}

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description('Check this machine: GPU adapter, driver, features, and what to install.')
    .option('--json', 'print one JSON document', false)
    .action(({ json }: { readonly json: boolean }) => runDoctor(json, terminal));
}

/** Starts a scorer as a pruning job would: what it says about its adapter is what jobs will get. */
async function runDoctor(json: boolean, terminal: Terminal): Promise<void> {
  const diagnosis = await diagnose(terminal);
  writeResult(terminal, json, diagnosis, describe(diagnosis));
  if (!diagnosis.ok) throw new ExitCode(1);
}

async function diagnose(terminal: Terminal): Promise<Diagnosis> {
  const machine = { node: process.versions.node, platform: `${process.platform} ${process.arch}` };
  try {
    const { adapter } = await withScoringClient(terminal, (client) =>
      callUnary<scoringProto.GetServerInfoResponse>((...rest) => client.getServerInfo({}, ...rest)),
    );
    return { ok: true, ...machine, adapter, problem: undefined };
  } catch (error) {
    return { ok: false, ...machine, adapter: undefined, problem: describeError(error) };
  }
}

function describe({ node, platform, adapter, problem }: Diagnosis): string {
  const rows = [
    ['Node', node],
    ['platform', platform],
  ];
  if (adapter === undefined) return `${formatTable(rows, 'left')}\n\n${problem ?? ''}`;
  rows.push(
    ['adapter', adapter.description || adapter.device],
    ['vendor', `${adapter.vendor} ${adapter.architecture}`.trim()],
    ['backend', adapter.backend],
    ['subgroup size', String(adapter.subgroupSize)],
    ...WANTED_FEATURES.map((name) => [name, adapter.features.includes(name) ? 'yes' : 'no']),
    ...SHOWN_LIMITS.map((name) => [name, formatBytes(adapter.limits[name] ?? 0)]),
  );
  return `${formatTable(rows, 'left')}\n\nReady: bonsai can use this adapter.`;
}
