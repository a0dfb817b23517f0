import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, demoModel, document } from '../cli/bonsai-process.ts';
import { PythonMetricService } from './python-metric-service.ts';

const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));
const module = fileURLToPath(new URL('../../docs/examples/metric-module/worst-quarter.mjs', import.meta.url));

describe('the metric service in Python', () => {
  const scratch = useTemporaryDirectory();
  let service: PythonMetricService;

  beforeAll(async () => {
    service = await PythonMetricService.start(scratch.path('.'));
  });
  afterAll(() => service.stop());

  /** Layers that the plan keeps, and what it records as its metric. */
  async function planOf(store: string, metric: readonly string[]): Promise<{ layers: unknown; settings: unknown }> {
    const { code, err } = await bonsai([
      ...['prune', '--model', demoModel, '--calibration', text, '--calibration-windows', '8', '--context', '32'],
      ...['--sparsity', '0.2', '--rounds', '2', '--masks', '12', '--windows', '4', '--format', 'none', '--json'],
      ...['--store', scratch.path(store), '--out', scratch.path(`${store}-out`), ...metric],
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const plan = document(
      `${JSON.stringify(JSON.parse(await readFile(scratch.path(`${store}-out/plan.json`), 'utf8')))}\n`,
    );
    return { layers: plan['layers'], settings: plan['settings'] };
  }

  it('prunes a real model, to the very plan that the same metric as a module makes', async () => {
    const byService = await planOf('service.sqlite', ['--metric-service', service.address]);
    expect(byService.settings).toMatchObject({
      metric: 'METRIC_USER',
      userMetric: { name: 'worst-quarter', version: '1', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    const byModule = await planOf('module.sqlite', ['--metric-module', module]);
    expect(byModule.layers).toEqual(byService.layers);
    const byNll = await planOf('nll.sqlite', []);
    expect(byNll.layers).not.toEqual(byService.layers);
  });
});
