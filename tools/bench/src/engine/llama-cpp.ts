import { loadLlamaCpp } from '@bonsai/cli';
import type { Work } from './measure.ts';

/** The windows through llama.cpp on the CPU, with the log-probability of every next token; undefined where it is missing. */
export async function llamaCppWork(
  gguf: string,
  windows: readonly Uint32Array[],
  { flops, threads }: { flops: number; threads: number },
): Promise<Work | undefined> {
  const library = await loadLlamaCpp().catch(() => undefined);
  if (library === undefined) return undefined;
  const logLevel = library.LlamaLogLevel.error;
  const llama = await library.getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel });
  const model = await llama.loadModel({ modelPath: gguf });
  const size = Math.max(...windows.map(({ length }) => length)) + 8;
  const sequence = (await model.createContext({ contextSize: size, batchSize: size, threads })).getSequence();
  return {
    name: 'llama.cpp, prompt with log-probabilities',
    flops,
    async run() {
      for (const window of windows) {
        await sequence.controlledEvaluate(questions(window), { onTokenResult: () => undefined });
        await sequence.clearHistory();
      }
    },
  };
}

/** Every token, with what is asked of the logits behind it. */
function questions(window: Uint32Array): unknown[] {
  return Array.from(window, (token, at) => {
    const target = window[at + 1];
    if (target === undefined) return token;
    const logits = { filter: { tokens: [target], includeSelected: true } };
    return [token, { generateNext: { logits, totalLogitWeight: true } }];
  });
}
