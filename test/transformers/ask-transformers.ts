import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const referee = fileURLToPath(new URL('transformers_referee.py', import.meta.url));

/** An interpreter that has torch and transformers. */
const PYTHON = process.env['BONSAI_TRANSFORMERS_PYTHON'] ?? 'python3';

export interface TransformersAnswer {
  /** Of the model that AutoModelForCausalLM chose. */
  readonly class: string;
  /** Names of tensors that the model lacked, did not know, or had in another shape. */
  readonly leftOver: Readonly<Record<'missing_keys' | 'unexpected_keys' | 'mismatched_keys', readonly string[]>>;
  /** Sum over each window, in nats. */
  readonly nll: readonly number[];
}

/** Opens models with transformers and scores windows. @param models directories @throws Error with what Python says */
export async function askTransformers(
  models: readonly string[],
  windows: readonly Uint32Array[],
): Promise<TransformersAnswer[]> {
  const request = { models, windows: windows.map((window) => [...window]) };
  return (await ask(request)) as TransformersAnswer[];
}

/** Token ids of texts, by the tokenizer in a directory. @throws Error with what Python says */
export async function tokenizeInTransformers(tokenizer: string, texts: readonly string[]): Promise<number[][]> {
  return (await ask({ tokenizer, texts })) as number[][];
}

async function ask(request: object): Promise<unknown> {
  const child = spawn(PYTHON, [referee], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
  });
  const exit = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  child.stdin.end(JSON.stringify(request));
  const [code, answer, log] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  if (code !== 0) {
    throw new Error(`${PYTHON} needs torch and transformers (BONSAI_TRANSFORMERS_PYTHON names another):\n${log}`);
  }
  return JSON.parse(answer) as unknown;
}
