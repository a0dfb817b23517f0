import { invalidArgument } from '@bonsai/support';

const PREFIX = 'jobs-before-';

/** Opaque to clients, so that the order may change one day. */
export function writePageToken(beforeNumber: number): string {
  return Buffer.from(`${PREFIX}${beforeNumber}`).toString('base64url');
}

/** The empty token stands for the first page. @throws BonsaiError REQUEST_INVALID */
export function readPageToken(token: string): number {
  if (token === '') return Number.MAX_SAFE_INTEGER;
  const number = Buffer.from(token, 'base64url').toString().replace(PREFIX, '');
  if (/^\d{1,15}$/.test(number) && writePageToken(Number(number)) === token) return Number(number);
  throw invalidArgument(
    'REQUEST_INVALID',
    'page_token',
    'Use a page token as ListJobs returned it, or none for the first page.',
  );
}
