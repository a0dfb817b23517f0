import { BonsaiError, describeError } from '@bonsai/support';
import type { ErrorReason } from '@bonsai/support';
import type { Logger } from './json-logger.ts';

/** What lies in the command line of a service. */
const USAGE_REASONS: readonly ErrorReason[] = ['SETTING_INVALID', 'ADDRESS_INVALID'];

/**
 * Says why a service cannot serve: in words where its command line is wrong, since a person wrote that, else as the last
 * record of its log.
 * @param people where words go; undefined for a service that a program has started, which reads the log
 * @returns exit code: 2 for a wrong command line, 1 for everything else
 * @throws what is no BonsaiError
 */
export function reportFailure(error: unknown, log: Logger, people: ((text: string) => void) | undefined): number {
  if (!(error instanceof BonsaiError)) throw error;
  const { code, reason, field, message } = error;
  const wrongUsage = USAGE_REASONS.includes(reason);
  if (wrongUsage && people !== undefined) people(`${describeError(error)}\n(add --help for the options)\n`);
  else log('error', 'failed', { code, reason, field, message });
  return wrongUsage ? 2 : 1;
}
