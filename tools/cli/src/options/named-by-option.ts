import { BonsaiError } from '@bonsai/support';

/** Fields of a job's spec that options of `bonsai prune` set. */
const OPTIONS: Readonly<Record<string, string>> = {
  'settings.sparsity': '--sparsity',
  'settings.rounds': '--rounds',
  'settings.masks_per_round': '--masks',
  'settings.windows_per_mask': '--windows',
  'settings.seed': '--seed',
  'settings.pool_factor': '--pool-factor',
  'settings.method': '--method',
  'settings.prior': '--prior',
  'settings.metric': '--metric',
  'settings.without': '--without',
  'settings.units': '--units',
  'settings.protected_layers': '--protect-layers',
  'settings.layout': '--layout',
  'settings.ffn_alignment': '--align',
  'settings.min_kv_groups': '--min-kv-groups',
  'settings.min_ffn_neurons': '--min-neurons',
  'settings.target_parameters': '--target-parameters',
  'settings.target_bytes': '--target-bytes',
  'settings.target_flops': '--target-flops',
  'settings.target_latency': '--target-latency',
  'settings.precision': '--precision',
  calibration: '--calibration',
};

/** An error of the planner in the words of the command line: people set options, not fields. Others stay as they are. */
export function namedByOption(error: unknown): unknown {
  if (!(error instanceof BonsaiError) || error.field === undefined) return error;
  if (error.reason === 'JOB_ID_TAKEN') return madeOtherwise(error);
  const field = error.field.replace(/^spec\./, '');
  const option = OPTIONS[field];
  if (option === undefined) return error;
  const { code, reason, message } = error;
  return new BonsaiError(message.replace(field, option), { code, reason, field: option, cause: error });
}

/** People name no jobs: the name follows from the command. */
function madeOtherwise(cause: BonsaiError): BonsaiError {
  const { code, reason } = cause;
  const message =
    'Another version of Bonsai made the job of this command with other defaults; go on with that one by bonsai jobs resume, or name another store with --store.';
  return new BonsaiError(message, { code, reason, field: '--store', cause });
}
