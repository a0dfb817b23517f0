import { parseArgs } from 'node:util';
import { openDevice } from '@bonsai/gpu';
import { opCases } from '@bonsai/ops';
import { createGpuBackend } from '../gpu-backend.ts';
import type { Tiling } from '../tiling.ts';
import { gemmCases } from './gemm-cases.ts';
import { timeCase } from './time-case.ts';

const TILINGS: readonly Tiling[] = ['subgroup-4', 'subgroup-8', 'workgroup'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    precision: { type: 'string', default: 'auto' },
    tiling: { type: 'string' },
    runs: { type: 'string', default: '5' },
  },
});
const precision = (['auto', 'f32', 'f16'] as const).find((name) => name === values.precision);
const tiling = TILINGS.find((name) => name === values.tiling);
if (precision === undefined || (values.tiling !== undefined && tiling === undefined)) {
  throw new RangeError(
    `usage: bench [--precision auto|f32|f16] [--tiling ${TILINGS.join('|')}] [--runs n] [word in name]`,
  );
}

const device = await openDevice();
const backend = await createGpuBackend(device, { precision, ...(tiling === undefined ? {} : { tiling }) });
const largeCases = opCases.filter(({ scale }) => scale === 'large');
const cases = [...gemmCases, ...largeCases].filter(({ name }) => positionals.every((word) => name.includes(word)));

process.stdout.write(`${device.info.description || device.info.device}, ${backend.weightPrecision} weights\n`);
for (const benchCase of cases) {
  const { firstSeconds, bestSeconds, cpuSeconds } = await timeCase(backend, benchCase, Number(values.runs));
  const columns = [
    benchCase.name.padEnd(72),
    `${(bestSeconds * 1e3).toFixed(2)} ms`.padStart(12),
    `${(benchCase.flops / bestSeconds / 1e9).toFixed(1)} GFLOP/s`.padStart(16),
    `${(benchCase.flops / cpuSeconds / 1e9).toFixed(1)} per CPU-second`.padStart(22),
    `first ${(firstSeconds * 1e3).toFixed(0)} ms`.padStart(16),
  ];
  process.stdout.write(`${columns.join('')}\n`);
}
await backend.dispose();
