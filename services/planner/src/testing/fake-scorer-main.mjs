// Stands in for the scoring service where only the life of its process matters: ready, fail or end as the root says.
const option = (name) => process.argv[process.argv.indexOf(name) + 1];

if (option('--models-root') === 'broken') {
  const error = { event: 'failed', reason: 'ADAPTER_NOT_FOUND', message: 'There is no adapter.' };
  process.stderr.write(`${JSON.stringify(error)}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${JSON.stringify({ event: 'ready', address: option('--listen') })}\n`);
  process.stdin.resume();
  process.stdin.once('close', () => process.exit(0));
}
