import type { Command } from 'commander';
import { callUnary, plannerProto } from '@bonsai/rpc';
import type { PlannerServiceClient } from '@bonsai/rpc';
import { describeProgress, stateName } from '../jobs/describe-job.ts';
import { cancelOnInterrupt } from '../jobs/cancel-on-interrupt.ts';
import { followJob, present } from '../jobs/follow-job.ts';
import { roundTable } from '../jobs/round-table.ts';
import { formatTable } from '../output/format.ts';
import { ProgressLine } from '../output/progress-line.ts';
import { writeResult } from '../output/terminal.ts';
import type { Terminal } from '../output/terminal.ts';
import { withPlanner, withWorkingPlanner } from '../local/with-services.ts';
import { writePlanFiles } from '../outputs/plan-files.ts';
import type { PlannerLocation, ServicesLocation } from '../options/planner-options.ts';
import { addPlannerOptions, addServicesOptions } from '../options/planner-options.ts';

interface JobsOptions extends PlannerLocation {
  readonly json: boolean;
}

interface PlanOptions extends JobsOptions {
  readonly out: string;
  readonly overwrite: boolean;
}

type ResumeOptions = JobsOptions & ServicesLocation;

type JobAction<Options = JobsOptions> = (
  name: string,
  options: Options,
  terminal: Terminal,
) => Promise<plannerProto.Job>;

const LARGEST_PAGE = 100;

export function addJobsCommand(program: Command, terminal: Terminal): void {
  const jobs = program.command('jobs').description('Look at and steer pruning jobs.');
  addPlannerOptions(jobs.command('list', { isDefault: true }).description('List all jobs, newest first.')).action(
    (options: JobsOptions) => runList(options, terminal),
  );
  addPlannerOptions(jobs.command('plan <job>').description('Write the plan of a finished job to a file.'))
    .requiredOption(
      '--out <file>',
      'where the plan goes, such as a.json; recovered weights, if it has any, go to a.recovered.safetensors beside it',
    )
    .option('--overwrite', 'replace what is there', false)
    .action((job: string, options: PlanOptions) => writePlan(job, options, terminal));
  const actions: Readonly<Record<string, readonly [description: string, action: JobAction]>> = {
    get: ['Show a job with its rounds.', getJob],
    watch: ['Follow a job until it ends.', watchJob],
    cancel: ['Stop a job; what it measured is kept.', cancelJob],
  };
  for (const [name, [description, action]] of Object.entries(actions)) {
    addPlannerOptions(jobs.command(`${name} <job>`).description(description)).action(
      (job: string, options: JobsOptions) => runOnJob(action, job, options, terminal),
    );
  }
  addPlannerOptions(
    jobs.command('delete <job>').description('Delete a stopped job and its plan; what it measured is kept.'),
  ).action((job: string, options: JobsOptions) => deleteJob(job, options, terminal));
  addServicesOptions(jobs.command('resume <job>').description('Go on with a stopped job.')).action(
    (job: string, options: ResumeOptions) => runOnJob(resumeJob, job, options, terminal),
  );
}

async function runList(options: JobsOptions, terminal: Terminal): Promise<void> {
  const jobs = await withPlanner(options, (client) => listJobs(client));
  const rows = jobs.map((job) => [job.name, stateName(job.state), job.spec?.model?.path ?? '', describeProgress(job)]);
  const text = rows.length === 0 ? 'There are no jobs.' : formatTable(rows, 'left');
  writeResult(terminal, options.json, { jobs: jobs.map((job) => plannerProto.Job.toJSON(job)) }, text);
}

async function listJobs(client: PlannerServiceClient): Promise<plannerProto.Job[]> {
  const jobs: plannerProto.Job[] = [];
  let pageToken = '';
  do {
    const request = { pageSize: LARGEST_PAGE, pageToken };
    const page = await callUnary<plannerProto.ListJobsResponse>((...rest) => client.listJobs(request, ...rest));
    jobs.push(...page.jobs);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return jobs;
}

/** With or without its collection, as people copy it. */
const fullName = (job: string): string => (job.startsWith('jobs/') ? job : `jobs/${job}`);

async function writePlan(job: string, options: PlanOptions, terminal: Terminal): Promise<void> {
  const name = fullName(job);
  const { plan, path, recovered } = await withPlanner(options, (client) =>
    writePlanFiles(client, name, options.out, options),
  );
  const document = { job: name, plan: path, plan_digest: plan.digest, recovered: recovered ?? null };
  const weights = recovered === undefined ? '' : `, and its recovered weights are in ${recovered}`;
  writeResult(terminal, options.json, document, `The plan of ${name} is in ${path}${weights}.`);
}

async function deleteJob(job: string, options: JobsOptions, terminal: Terminal): Promise<void> {
  const name = fullName(job);
  await withPlanner(options, (client) =>
    callUnary<plannerProto.DeleteJobResponse>((...rest) => client.deleteJob({ name }, ...rest)),
  );
  writeResult(terminal, options.json, { job: name, deleted: true }, `${name} is deleted.`);
}

async function runOnJob<Options extends JobsOptions>(
  action: JobAction<Options>,
  job: string,
  options: Options,
  terminal: Terminal,
): Promise<void> {
  const result = await action(fullName(job), options, terminal);
  const rounds = result.progress?.rounds ?? [];
  const text = `${result.name}: ${describeProgress(result)}`;
  const details = rounds.length === 0 ? text : `${text}\n\n${roundTable(rounds, result.spec?.settings)}`;
  writeResult(terminal, options.json, plannerProto.Job.toJSON(result), details);
}

const getJob: JobAction = (name, options) =>
  withPlanner(options, async (client) =>
    present((await callUnary<plannerProto.GetJobResponse>((...rest) => client.getJob({ name }, ...rest))).job),
  );

const cancelJob: JobAction = (name, options) =>
  withPlanner(options, async (client) =>
    present((await callUnary<plannerProto.CancelJobResponse>((...rest) => client.cancelJob({ name }, ...rest))).job),
  );

const watchJob: JobAction = (name, options, terminal) =>
  withPlanner(options, (client) => showUntilEnd(client, name, terminal));

/** Follows the job to its end, because a planner that runs inside this command ends with it. */
const resumeJob: JobAction<ResumeOptions> = (name, options, terminal) =>
  withWorkingPlanner(options, terminal, async ({ planner, signal }) => {
    await callUnary<plannerProto.ResumeJobResponse>((...rest) => planner.resumeJob({ name }, ...rest), { signal });
    return cancelOnInterrupt(planner, name, signal, terminal, () => showUntilEnd(planner, name, terminal));
  });

async function showUntilEnd(client: PlannerServiceClient, name: string, terminal: Terminal): Promise<plannerProto.Job> {
  const progress = new ProgressLine(terminal);
  return followJob(client, name, {}, (job) => progress.show(describeProgress(job))).finally(() => progress.clear());
}
