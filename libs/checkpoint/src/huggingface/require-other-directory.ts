import { realpath } from 'node:fs/promises';
import { BonsaiError } from '@bonsai/support';

/** A model looks like an earlier output; what is read is not to be replaced. @throws BonsaiError OUTPUT_EXISTS */
export async function requireOtherDirectory(source: string, target: string): Promise<void> {
  const there = await realpath(target).catch(() => undefined);
  if (there === undefined || there !== (await realpath(source))) return;
  const message = `${target} is the model that is to be exported: choose another directory.`;
  throw new BonsaiError(message, { code: 'ALREADY_EXISTS', reason: 'OUTPUT_EXISTS', field: target });
}
