import { invalidArgument } from '@bonsai/support';

const JOB_ID = /^[a-z0-9-]{1,63}$/;
const DIGEST = /^[0-9a-f]{64}$/;

export function jobName(id: string): string {
  return `jobs/${id}`;
}

export function calibrationName(digest: string): string {
  return `calibrations/${digest}`;
}

/** @throws BonsaiError REQUEST_INVALID if the name is not that of a job */
export function jobIdOf(name: string, field: string): string {
  const id = name.startsWith('jobs/') ? name.slice('jobs/'.length) : '';
  if (JOB_ID.test(id)) return id;
  throw invalidArgument('REQUEST_INVALID', field, `"${name}" is not the name of a job; write jobs/{id}.`);
}

/** @throws BonsaiError REQUEST_INVALID unless the id is empty or well formed */
export function checkJobId(id: string): void {
  if (id === '' || JOB_ID.test(id)) return;
  const message = `"${id}" cannot be a job id; use 1 to 63 lower-case letters, digits and hyphens.`;
  throw invalidArgument('REQUEST_INVALID', 'job_id', message);
}

/** @throws BonsaiError REQUEST_INVALID if the name is not that of a calibration */
export function calibrationDigest(name: string, field: string): string {
  const digest = name.startsWith('calibrations/') ? name.slice('calibrations/'.length) : '';
  if (DIGEST.test(digest)) return digest;
  const message = `"${name}" is not the name of a calibration; upload windows and use the name that is returned.`;
  throw invalidArgument('REQUEST_INVALID', field, message);
}
