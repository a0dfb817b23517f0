import { parseArgs } from 'node:util';
import type { WeightPrecision } from '@bonsai/ops';
import { BonsaiError, byteSizeOf, invalidArgument } from '@bonsai/support';

export const USAGE = `Serves forward passes over the checkpoints below a directory.

  --listen ADDRESS      unix:/path/to/socket or host:port, port 0 for any free one (127.0.0.1:50051)
  --models-root DIR     directory whose checkpoints are served; requests name models relative to it
  --gpu-memory SIZE     most GPU memory to use, such as 8GiB or 512MiB (as much as the driver gives)
  --precision FORMAT    weights for requests that do not say: f32, f16, bf16, or auto: as they are stored (auto)
  --adapter NAME        the GPU with this in its name (the fastest; where there is none, a driver in software)
  --require-gpu         refuse a driver in software, which is slow and rounds in its own way
  --no-matrix-units     compute products without the matrix units of the GPU, which round their inputs to 11 bits
  --exit-with-parent    exit when standard input closes, as it does when the parent process ends
  --help
`;

export interface CommandLine {
  readonly listen: string;
  readonly modelsRoot: string;
  readonly gpuMemory: number | undefined;
  readonly precision: WeightPrecision | undefined;
  /** Part of the name of the GPU to take; undefined: any. */
  readonly adapter: string | undefined;
  /** Whether a driver that computes on the CPU is refused. */
  readonly requireGpu: boolean;
  /** Whether matrix units may be used where there are any. */
  readonly matrixUnits: boolean;
  readonly exitWithParent: boolean;
}

/** Undefined if only help was asked for. @throws BonsaiError SETTING_INVALID naming the option */
export function parseCommandLine(args: readonly string[]): CommandLine | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const modelsRoot = values['models-root'];
  if (modelsRoot === undefined) {
    throw invalidArgument('SETTING_INVALID', '--models-root', 'Say where the models are: --models-root DIR.');
  }
  return {
    listen: values.listen,
    modelsRoot,
    gpuMemory: byteSizeOf('--gpu-memory', values['gpu-memory']),
    precision: parsePrecision(values.precision),
    adapter: values.adapter,
    requireGpu: values['require-gpu'],
    matrixUnits: !values['no-matrix-units'],
    exitWithParent: values['exit-with-parent'],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        listen: { type: 'string', default: '127.0.0.1:50051' },
        'models-root': { type: 'string' },
        'gpu-memory': { type: 'string' },
        precision: { type: 'string', default: 'auto' },
        adapter: { type: 'string' },
        'require-gpu': { type: 'boolean', default: false },
        'no-matrix-units': { type: 'boolean', default: false },
        'exit-with-parent': { type: 'boolean', default: false },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new BonsaiError(message, { code: 'INVALID_ARGUMENT', reason: 'SETTING_INVALID', cause });
  }
}

function parsePrecision(text: string): WeightPrecision | undefined {
  if (text === 'auto') return undefined;
  if (text === 'f32' || text === 'f16' || text === 'bf16') return text;
  throw invalidArgument('SETTING_INVALID', '--precision', `"${text}" is no precision; choose f32, f16, bf16 or auto.`);
}
