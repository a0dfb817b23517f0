import { join } from 'node:path';
import { modelName } from '@bonsai/checkpoint';
import type { OutputFormat } from './output-format.ts';

/** Where a pruning job writes the pruned model of a format. */
export function modelPath(out: string, modelDirectory: string, format: OutputFormat): string {
  return join(out, format === 'gguf' ? `${modelName(modelDirectory)}-pruned.gguf` : 'hf');
}
