// Exports a checkpoint without its first KV group and every third FFN neuron, and prints how much memory that took.
import { openCheckpoint, modelShape, writeGguf, writeHuggingFace } from '@bonsai/checkpoint';
import { UnitTable, emptySet } from '@bonsai/pruning';

const [, , directory, format, path] = process.argv;
const before = process.resourceUsage().maxRSS;
const checkpoint = await openCheckpoint(directory);
const units = new UnitTable(modelShape(checkpoint.config));
const cut = emptySet(units);
cut[units.module(0, 'kvGroup').start] = 1;
const neurons = units.module(0, 'ffnNeuron');
for (let i = 0; i < neurons.count; i += 3) cut[neurons.start + i] = 1;
if (format === 'gguf') await writeGguf({ checkpoint, cut, path, overwrite: false, precision: 'F16' });
else await writeHuggingFace({ checkpoint, cut, directory: path, overwrite: false });
await checkpoint.close();
// KiB on Linux.
process.stdout.write(`${(process.resourceUsage().maxRSS - before) * 1024}\n`);
