import { invalidArgument } from '@bonsai/support';
import type { plannerProto } from '@bonsai/rpc';
import { jobToSummary } from '../convert/job.ts';
import { readPageToken, writePageToken } from '../convert/page-token.ts';
import type { JobService } from '../jobs/job-service.ts';

const DEFAULT_PAGE = 20;
const LARGEST_PAGE = 100;

/** Newest first. A page token stands for a place in that order, so jobs that are made meanwhile move nothing. */
export function listJobs(
  service: JobService,
  { pageSize, pageToken }: plannerProto.ListJobsRequest,
): plannerProto.ListJobsResponse {
  if (pageSize < 0)
    throw invalidArgument('REQUEST_INVALID', 'page_size', 'The page size cannot be negative; use 0 for the default.');
  const size = Math.min(pageSize || DEFAULT_PAGE, LARGEST_PAGE);
  // One more than asked for tells whether there is a next page.
  const found = service.list(readPageToken(pageToken), size + 1);
  const last = found[size - 1];
  return {
    jobs: found.slice(0, size).map(({ job }) => jobToSummary(job)),
    nextPageToken: found.length > size && last !== undefined ? writePageToken(last.number) : '',
  };
}
