import { loadLlamaCpp } from './load-llama-cpp.ts';
import type { TimerMessage, TimerQuestion } from './timer-messages.ts';

/** A process of its own, because llama.cpp aborts its process where it does not like a model. */
const library = await loadLlamaCpp();
const logLevel = library.LlamaLogLevel.error;
const llama = await library.getLlama({ build: 'never', skipDownload: true, logLevel });
process.once('disconnect', () => process.exit());
process.on('message', (question: TimerQuestion) => {
  time(question).then(
    (seconds) => tell({ seconds }),
    (error: unknown) => tell({ failure: String(error) }),
  );
});
const devices = await llama.getGpuDeviceNames();
tell({ name: `llama.cpp ${llama.llamaCppRelease.release}, ${devices.join(', ') || 'CPU'}` });

/** Seconds of each pass of a prompt; one that does not count goes first. */
async function time({ gguf, tokens, passes }: TimerQuestion): Promise<number[]> {
  const model = await llama.loadModel({ modelPath: gguf });
  try {
    const size = tokens + 8;
    const sequence = (await model.createContext({ contextSize: size, batchSize: size })).getSequence();
    // Which tokens they are is all the same to a dense model.
    const prompt: unknown[] = new Array<number>(tokens).fill(1);
    // What comes next is asked of the last one: a GPU may still be at work when nobody waits for its answer.
    prompt[tokens - 1] = [1, { generateNext: { token: true } }];
    const seconds: number[] = [];
    for (let pass = 0; pass <= passes; pass++) {
      const startedAt = performance.now();
      await sequence.controlledEvaluate(prompt, { onTokenResult: () => undefined });
      seconds.push((performance.now() - startedAt) / 1e3);
      await sequence.clearHistory();
    }
    return seconds.slice(1);
  } finally {
    await model.dispose();
  }
}

function tell(message: TimerMessage): void {
  process.send?.(message);
}
