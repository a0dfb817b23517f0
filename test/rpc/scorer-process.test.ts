import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScoringServiceClient, callBidi, callUnary, connect, packWindows, planProto, scoringProto } from '@bonsai/rpc';
import { SCORING_MAIN } from '@bonsai/scoring';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { demoModels, isRunning, startScorerProcess } from './scorer-process.ts';
import type { ScorerProcess } from './scorer-process.ts';

const temporary = useTemporaryDirectory('test');
let socket: string;
const started: ScorerProcess[] = [];

beforeEach(() => {
  socket = `unix:${temporary.path('s')}`;
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

function start(...args: string[]): ScorerProcess {
  const scorer = startScorerProcess(args);
  started.push(scorer);
  return scorer;
}

const serving = (...more: string[]): ScorerProcess => start('--models-root', demoModels, '--listen', socket, ...more);

async function familyAt(address: string): Promise<string> {
  const client = connect(ScoringServiceClient, address);
  const model = { path: 'sotu-3M', precision: planProto.Precision.PRECISION_F32 };
  const request = scoringProto.GetModelRequest.fromPartial({ model });
  const call = callUnary<scoringProto.GetModelResponse>((...rest) => client.getModel(request, ...rest));
  return (await call.finally(() => client.close())).family;
}

describe('the scorer process', () => {
  it('says on one line where it listens, answers there, and stops when told', async () => {
    const { child, ready, ended } = start('--models-root', demoModels, '--listen', '127.0.0.1:0');
    const { address, pid } = await ready;
    expect(pid).toBe(child.pid);
    expect(await familyAt(address)).toBe('llama');
    child.kill('SIGTERM');
    const { code, log } = await ended;
    expect(code).toBe(0);
    const lines = log.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.map((line): unknown => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: 'info',
        event: 'call',
        method: '/bonsai.v1.ScoringService/GetModel',
        code: 'OK',
      }),
    );
  });

  it('takes over the socket of one that was killed', async () => {
    const first = serving();
    await first.ready;
    first.child.kill('SIGKILL');
    await first.ended;
    expect(existsSync(temporary.path('s'))).toBe(true);
    expect(await familyAt((await serving().ready).address)).toBe('llama');
  });

  it('that is killed in the middle of a call is UNAVAILABLE to its client', async () => {
    const { child, ready } = serving();
    const client = connect(ScoringServiceClient, (await ready).address);
    const windows = Array.from({ length: 4 }, (_, i) => new Uint32Array(256).fill(i));
    const keepAll: planProto.UnitSet = {
      layers: Array.from({ length: 6 }, () => ({
        kvGroups: Buffer.alloc(0),
        queryHeads: Buffer.alloc(0),
        ffnNeurons: Buffer.alloc(0),
      })),
    };
    function* requests(): Generator<scoringProto.EvaluateMasksRequest> {
      const model = { path: 'sotu-3M', revision: '', precision: planProto.Precision.PRECISION_F32 };
      yield {
        part: {
          $case: 'header',
          value: { model, cut: undefined, metric: planProto.Metric.METRIC_NLL, recovery: undefined },
        },
      };
      for (const value of packWindows(windows)) yield { part: { $case: 'windows', value } };
      yield { part: { $case: 'masks', value: { masks: new Array<planProto.UnitSet>(200).fill(keepAll) } } };
    }
    const read = async (): Promise<void> => {
      for await (const { maskIndex } of callBidi((...rest) => client.evaluateMasks(...rest), requests())) {
        if (maskIndex === 0) child.kill('SIGKILL');
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'SERVICE_UNAVAILABLE' });
    client.close();
  });

  it('ends with its standard input if asked to, and only then', async () => {
    const bound = serving('--exit-with-parent');
    await bound.ready;
    bound.child.stdin?.end();
    expect((await bound.ended).code).toBe(0);

    const free = serving();
    const { address } = await free.ready;
    free.child.stdin?.end();
    expect(await familyAt(address)).toBe('llama');
    expect(free.child.exitCode).toBeNull();
  });

  it('does not outlive a parent that is killed', async () => {
    const args = [SCORING_MAIN, '--models-root', demoModels, '--listen', socket, '--exit-with-parent'];
    const script = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ${JSON.stringify(args)}, { stdio: ['pipe', 'inherit', 'ignore'] });`;
    const parent = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const closed = once(parent, 'close');
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const { pid } = JSON.parse(line) as { pid: number };
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    // The scorer holds the other end of the pipe: it closes when the scorer has ended.
    await closed;
    while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it.each([
    ['no root', [], 'SETTING_INVALID, --models-root'],
    ['an unknown option', ['--fly'], 'SETTING_INVALID'],
    ['a wrong address', ['--models-root', '.', '--listen', 'nowhere'], 'ADDRESS_INVALID, address'],
  ])('refuses %s as every command does', async (_, args, reason) => {
    const { code, log } = await start(...args).ended;
    expect(code).toBe(2);
    expect(log).toMatch(new RegExp(`^error: .+ \\[${reason}\\]\n\\(add --help for the options\\)\n$`, 'm'));
    expect(log).not.toContain('{');
  });

  it.each([
    ['a root that is not there', ['--models-root', '/nonexistent'], 1, 'CHECKPOINT_NOT_FOUND'],
    [
      'a wrong address that its parent gave',
      ['--models-root', '.', '--listen', 'nowhere', '--exit-with-parent'],
      2,
      'ADDRESS_INVALID',
    ],
  ])('refuses %s with an exit code and a logged reason', async (_, args, exitCode, reason) => {
    const { code, log } = await start(...args).ended;
    expect(code).toBe(exitCode);
    const errors = log.split('\n').filter((line) => line.startsWith('{'));
    expect(errors.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'error', event: 'failed', reason }),
    ]);
  });
});
