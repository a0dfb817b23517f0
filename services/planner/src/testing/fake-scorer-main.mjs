// Stands in for the scoring service where only the life of its process matters: ready, in software or not, fail or hang as the root says.
import { existsSync, writeFileSync } from 'node:fs';

const option = (name) => process.argv[process.argv.indexOf(name) + 1];
const folder = option('--models-root');
process.stderr.write(`options ${process.argv.slice(2).join(' ')}\n`);

/** Whether this is not the first scorer of the folder. */
function isSecond() {
  const mark = `${folder}/started`;
  if (existsSync(mark)) return true;
  if (existsSync(folder)) writeFileSync(mark, '');
  return false;
}

if (folder === 'broken' || (folder === 'losing its GPU' && process.argv.includes('--require-gpu'))) {
  const error = { event: 'failed', reason: 'ADAPTER_NOT_FOUND', message: 'There is no adapter.' };
  process.stderr.write(`${JSON.stringify(error)}\n`);
  process.exitCode = 1;
} else if (folder === 'hanging' || isSecond()) {
  process.stderr.write(`hanging ${process.pid}\n`);
  process.stdin.resume();
  process.stdin.once('close', () => process.exit(0));
} else {
  process.stdout.write(
    `${JSON.stringify({ event: 'ready', address: option('--listen'), software: folder === 'software' })}\n`,
  );
  process.stdin.resume();
  process.stdin.once('close', () => process.exit(0));
}
