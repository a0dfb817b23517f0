import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, writeFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, bonsaiProgram, demoModel } from './bonsai-process.ts';

const scratch = useTemporaryDirectory();
const prune = ['prune', '--model', demoModel, '--calibration', 'text.txt', '--out', 'out'];
const choices = [
  'prune',
  '--model',
  demoModel,
  '--sparsity',
  '0.5',
  '--out',
  'out',
  '--metric',
  'choices',
  '--choices',
  'c',
];

describe('wrong usage', () => {
  it.each([
    [[]],
    [['fly']],
    [['prune', '--fly']],
    [['prune', '--model', demoModel]],
    [[...prune, '--sparsity', '1.5']],
    [[...prune, '--sparsity', '0.5', '--target-parameters', '2M']],
    [[...prune, '--target-parameters', 'many']],
    [[...prune, '--target-latency', '0']],
    [[...prune, '--target-latency=-3ms']],
    [[...prune, '--target-latency', 'NaN']],
    [[...prune, '--target-latency', '0.6', '--latency-runtime', 'abacus']],
    [[...prune, '--target-latency', '0.6', '--sparsity', '0.5']],
    [[...prune, '--sparsity', '0.5', '--rounds', '0']],
    [[...prune, '--sparsity', '0.5', '--masks', '5000000000']],
    [[...prune, '--sparsity', '0.5', '--method', 'magic']],
    [[...prune, '--sparsity', '0.5', '--units', 'tails']],
    [['prune', '--model', demoModel, '--calibration', 'text.txt', '--sparsity', '0.5']],
    [[...prune, '--sparsity', '0.5', '--eval-kl']],
    [[...prune, '--sparsity', '0.5', '--eval-windows', '8']],
    [[...prune, '--sparsity', '0.5', '--recover-when', 'at-end']],
    [[...prune, '--sparsity', '0.5', '--target-context', '128']],
    [[...prune, '--sparsity', '0.5', '--method', 'prior-only', '--pool-factor', '2']],
    [[...prune, '--sparsity', '0.5', '--latency-runtime', 'llama.cpp']],
    [[...prune, '--sparsity', '0.5', '--metric', 'kl', '--metric-service', 'localhost:1']],
    [['prune', '--model', demoModel, '--sparsity', '0.5', '--out', 'out', '--choices', 'c']],
    [[...prune, '--sparsity', '0.5', '--metric', 'choices', '--choices', 'c']],
    [[...choices, '--windows', '1']],
    [[...choices, '--calibration-windows', '1']],
    [[...prune, '--sparsity', '0.5', '--format', 'hf', '--gguf-floats', 'f32']],
    [[...prune, '--sparsity', '0.5', '--format', 'none', '--gguf-floats', 'f32']],
    [['eval', '--model', demoModel]],
    [['eval', '--model', demoModel, '--choices', 'c', '--kl']],
    [['eval', '--model', demoModel, '--text', 'a', '--windows', 'b']],
    [['eval', '--model', demoModel, '--text', 'a', '--calibration-context', '64']],
    [['export', '--plan', 'p', '--model', demoModel, '--format', 'zip', '--out', 'o']],
    [['export', '--plan', 'p', '--model', demoModel, '--format', 'hf', '--gguf-floats', 'f32', '--out', 'o']],
    [['serve', 'scorer', '--fly']],
    [['jobs', 'get']],
    [['jobs', 'resume', 'j', '--gpu-memory', '8GB']],
    [['jobs', 'resume', 'j', '--gpu-memory', '8GiB', '--scorers', 'localhost:50051']],
    [['jobs', 'resume', 'j', '--gpu-memory', '8GiB', '--planner', 'localhost:50052']],
    [['serve', 'planner', '--models-root', 'm', '--gpu-memory', '8GB']],
    [['serve', 'planner', '--scorers', 'localhost:50051', '--adapter', 'RTX']],
    [[...prune, '--sparsity', '0.5', '--adapter', 'RTX', '--scorers', 'localhost:50051']],
    [['eval', '--model', demoModel, '--text', 'a', '--adapter', 'RTX', '--scorers', 'localhost:50051']],
    [['jobs', 'resume', 'j', '--adapter', 'RTX', '--planner', 'localhost:50052']],
    [['jobs', 'list', '--scorers', 'localhost:50051']],
    [['jobs', '--planner', 'localhost:50052', '--store', 'jobs.sqlite']],
    [[...prune, '--sparsity', '0.5', '--scorer-silence', '10000']],
    [['jobs', 'resume', 'j', '--scorer-silence', '9', '--planner', 'localhost:50052']],
  ])('bonsai %j ends with code 2 and says so on standard error only', async (args) => {
    const { code, out, err } = await bonsai(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(args.length === 0 ? /^Usage: bonsai / : /^error: /);
  });

  it.each([
    ['--context', '9999'],
    ['--masks', '1'],
    ['--align', '513'],
    ['--target-parameters', '1k', 'SPARSITY_UNREACHABLE'],
    ['--target-flops', '1G', 'SPARSITY_UNREACHABLE'],
    ['--min-kv-groups', '4'],
    ['--min-neurons', '513'],
    ['--units', 'blocks'],
  ])(
    '%s %s, which the model or the method cannot do, is named as it was written',
    async (option, value, reason = 'SETTING_INVALID') => {
      const text = scratch.path('long.txt');
      await writeFile(text, 'Call me Ishmael. Some years ago, never mind how long precisely. '.repeat(500));
      const budget = option.startsWith('--target') ? [] : ['--sparsity', '0.5'];
      const files = ['--calibration', text, '--out', scratch.path('out'), '--store', scratch.path('own.sqlite')];
      const job = [...files, ...budget];
      const { code, out, err } = await bonsai(['prune', '--model', demoModel, ...job, option, value]);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(new RegExp(`^error: .+ \\[${reason}, ${option}\\]\n$`));
    },
  );

  it('a planner elsewhere is named together with its scorers', async () => {
    const asked = [...prune, '--sparsity', '0.5', '--planner', 'localhost:50052'];
    for (const more of [[], ['--dry-run']]) {
      const { code, err } = await bonsai([...asked, ...more]);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/^error: --planner needs --scorers /) });
    }
  });

  it('asking for help is no error', async () => {
    const { code, out } = await bonsai(['prune', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('--sparsity');
    // What a planner advises whose scorer is silent.
    expect(out).toContain('--scorer-silence');
    // What would be refused only once the services run.
    const words = out.replaceAll(/\s+/g, ' ');
    expect(words).toContain('running scorers that serve the directory above the model');
    expect(words).toContain('masks evaluated per round, 8 to 1000 where the method samples them');
  });
});

describe('standard output', () => {
  /** With standard output as given; what is said on standard error. */
  async function help(out: 'pipe' | number): Promise<{ readonly code: number | null; readonly err: string }> {
    const child = spawn(process.execPath, [bonsaiProgram, 'prune', '--help'], { stdio: ['ignore', out, 'pipe'] });
    child.stdout?.destroy();
    const [err] = await Promise.all([textOf(child.stderr!), once(child, 'close')]);
    return { code: child.exitCode, err };
  }

  it('that nobody reads on, as of head, is no reason for words', async () => {
    expect(await help('pipe')).toEqual({ code: 1, err: '' });
  });

  it('that cannot be written is a failure in one line', async () => {
    const full = await open('/dev/full', 'w');
    try {
      expect(await help(full.fd)).toEqual({ code: 1, err: expect.stringMatching(/^error: .+ENOSPC.+\n$/) });
    } finally {
      await full.close();
    }
  });
});

describe('failures', () => {
  it('say in one line what is wrong, with reason and field, and leave standard output empty', async () => {
    const { code, out, err } = await bonsai(['eval', '--model', scratch.path('nothing'), '--text', 'a', '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^error: .+ \[CHECKPOINT_NOT_FOUND, .+\]\n$/);
  });

  it('of a planner elsewhere are not those of a GPU here, which it does not need', async () => {
    const env = { VK_DRIVER_FILES: '/nonexistent.json', VK_ICD_FILENAMES: '/nonexistent.json' };
    const { code, err } = await bonsai(['jobs', 'resume', 'j', '--planner', '127.0.0.1:1'], env);
    expect(code).toBe(1);
    expect(err).toContain('[SERVICE_UNAVAILABLE');
  });

  it('of a store are not taken for a planner that holds it', async () => {
    const store = scratch.path('text.sqlite');
    await writeFile(store, 'No SQLite file begins like this. '.repeat(100));
    await writeFile(`${store}.address`, 'unix:/nonexistent/planner.sock');
    const { code, err } = await bonsai(['jobs', 'list', '--store', store]);
    expect(code).toBe(1);
    expect(err).toContain('is not a planner store');
  });

  it('name an empty text', async () => {
    const text = scratch.path('empty.txt');
    await writeFile(text, ' \n');
    const { code, err } = await bonsai(['eval', '--model', demoModel, '--text', text]);
    expect(code).toBe(1);
    expect(err).toContain('[TEXT_EMPTY, --text]');
  });

  it('name a text that is too short for one window', async () => {
    const text = scratch.path('short.txt');
    await writeFile(text, 'Call me Ishmael.');
    const store = ['--store', scratch.path('jobs.sqlite')];
    const calibration = ['--calibration', text, '--sparsity', '0.5'];
    const { code, err } = await bonsai(['prune', '--model', demoModel, ...calibration, ...store, '--out', 'o']);
    expect(code).toBe(1);
    expect(err).toContain('[TEXT_TOO_SHORT');
  });

  it('name a plan that is none', async () => {
    const plan = scratch.path('plan.json');
    await writeFile(plan, '{}');
    const out = scratch.path('model.gguf');
    const { code, err } = await bonsai([
      'export',
      '--plan',
      plan,
      '--model',
      demoModel,
      '--format',
      'gguf',
      '--out',
      out,
    ]);
    expect(code).toBe(1);
    expect(err).toContain('[PLAN_INVALID');
  });
});
