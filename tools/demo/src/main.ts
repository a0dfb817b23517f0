import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pruningResult, runBonsai } from '@bonsai/cli';
import { demoReport } from './demo-report.ts';
import { demoShelves, splitText } from './demo-text.ts';
import { DEMO_MODEL } from './index.ts';

const OUT = 'bonsai-demo-out';
const SPARSITY = '0.5';

/** Small enough for two CPU cores and a software GPU driver; the defaults measure several times as much. */
const EFFORT = ['--rounds', '5', '--masks', '32', '--windows', '4'];
const EVALUATION_WINDOWS = '32';

const startedAt = performance.now();
const model = relative('.', DEMO_MODEL);
// An earlier run's jobs would be found again and the demo would have nothing to show.
await rm(OUT, { recursive: true, force: true });
await mkdir(OUT);
const calibration = join(OUT, 'calibration.txt');
const heldOut = join(OUT, 'held-out.txt');
const text = splitText(demoShelves());
await writeFile(calibration, text.calibration);
await writeFile(heldOut, text.heldOut);

const common = ['--model', model, '--calibration', calibration, '--sparsity', SPARSITY];
const judged = ['--eval', heldOut, '--eval-windows', EVALUATION_WINDOWS, '--store', join(OUT, 'jobs.sqlite')];
const prune = async (...args: string[]) => pruningResult(await runBonsai(['prune', ...common, ...judged, ...args]));

const pruned = await prune(...EFFORT, '--out', OUT);
const random = await prune('--method', 'random', '--format', 'none', '--out', join(OUT, 'random-baseline'));
process.stdout.write(`${demoReport(pruned, random, model, (performance.now() - startedAt) / 1000)}\n`);
