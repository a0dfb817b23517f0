import type { FloatFormat } from '@bonsai/checkpoint';
import { Option } from 'commander';

const FORMATS = ['gguf', 'hf'] as const;
export type OutputFormat = (typeof FORMATS)[number];

const FLOATS: readonly FloatFormat[] = ['f16', 'f32'];

/** What a pruning job writes beside its plan. */
export type OutputChoice = OutputFormat | 'both' | 'none';

export const formatOption = (): Option => new Option('--format <name>', 'file format of the model').choices(FORMATS);

export const outputsOption = (): Option =>
  new Option('--format <name>', 'model files to write beside the plan')
    .choices([...FORMATS, 'both', 'none'])
    .default('both');

export function formatsOf(choice: OutputChoice): readonly OutputFormat[] {
  if (choice === 'none') return [];
  return choice === 'both' ? FORMATS : [choice];
}

export const ggufFloatsOption = (): Option =>
  new Option('--gguf-floats <format>', 'numbers in the GGUF file').choices(FLOATS).default('f16');
