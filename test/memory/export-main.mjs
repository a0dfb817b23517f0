// @ts-check
// Exports a checkpoint without its first KV group and every third FFN neuron, and prints how much memory that took.
import { readFileSync } from 'node:fs';
import { openCheckpoint, modelShape, writeGguf, writeHuggingFace } from '@bonsai/checkpoint';
import { UnitTable, emptySet } from '@bonsai/pruning';

const [, , directory = '', format = '', path = ''] = process.argv;
const before = peakBytes();
const checkpoint = await openCheckpoint(directory);
const units = new UnitTable(modelShape(checkpoint.config));
const cut = emptySet(units);
cut[units.module(0, 'kvGroup').start] = 1;
const neurons = units.module(0, 'ffnNeuron');
for (let i = 0; i < neurons.count; i += 3) cut[neurons.start + i] = 1;
if (format === 'gguf') await writeGguf({ checkpoint, cut, path, overwrite: false, floats: 'f16' });
else await writeHuggingFace({ checkpoint, cut, directory: path, overwrite: false });
await checkpoint.close();
process.stdout.write(`${peakBytes() - before}\n`);

/** Of this program alone; getrusage also counts what the parent was when it forked. */
function peakBytes() {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return 1024 * Number(kib);
}
