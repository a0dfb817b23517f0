import { clientStreamHandler, serverStreamHandler, unaryHandler } from '@bonsai/rpc';
import type { HandlerEnvironment, PlannerServiceServer } from '@bonsai/rpc';
import type { JobService } from '../jobs/job-service.ts';
import { cancelJob } from './cancel-job.ts';
import { createJob } from './create-job.ts';
import { deleteJob } from './delete-job.ts';
import { estimateJob } from './estimate-job.ts';
import { getJob } from './get-job.ts';
import { getPlanWeights } from './get-plan-weights.ts';
import { getPlan } from './get-plan.ts';
import { listJobs } from './list-jobs.ts';
import { resumeJob } from './resume-job.ts';
import { uploadCalibration } from './upload-calibration.ts';
import { watchJob } from './watch-job.ts';

export function plannerHandlers(
  service: JobService,
  environment: HandlerEnvironment,
  maxCalibrationTokens: number,
): PlannerServiceServer {
  return {
    uploadCalibration: clientStreamHandler(environment, (requests) =>
      uploadCalibration(service, requests, maxCalibrationTokens),
    ),
    estimateJob: unaryHandler(environment, (request, context) => estimateJob(service, request, context)),
    createJob: unaryHandler(environment, (request, context) => createJob(service, request, context)),
    getJob: unaryHandler(environment, (request) => Promise.resolve(getJob(service, request))),
    listJobs: unaryHandler(environment, (request) => Promise.resolve(listJobs(service, request))),
    watchJob: serverStreamHandler(environment, (request, context) => watchJob(service, request, context)),
    cancelJob: unaryHandler(environment, (request) => cancelJob(service, request)),
    resumeJob: unaryHandler(environment, (request) => resumeJob(service, request)),
    deleteJob: unaryHandler(environment, (request) => deleteJob(service, request)),
    getPlan: serverStreamHandler(environment, (request) => getPlan(service, request)),
    getPlanWeights: serverStreamHandler(environment, (request) => getPlanWeights(service, request)),
  };
}
