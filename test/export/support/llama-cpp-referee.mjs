/**
 * Runs llama.cpp on a GGUF file, in a process of its own: llama.cpp aborts the process where it does not like a model.
 *
 * stdin: {"model": path, "windows": [[token id, ...], ...], "texts": [string, ...]}
 * stdout, last line: {"nll": [[per predicted token], ...], "tokens": [[id, ...], ...]}; NLL in nats. The library may log before it.
 */
import { text } from 'node:stream/consumers';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const request = JSON.parse(await text(process.stdin));
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: request.model });
const nll = request.windows.length === 0 ? [] : await evaluate(request.windows);
const tokens = request.texts.map((sample) => Array.from(model.tokenize(sample, false)));
process.stdout.write(`\n${JSON.stringify({ nll, tokens })}\n`);
await model.dispose();
await llama.dispose();

/** All in F32 and without flash attention, so that only rounding differs from other implementations. */
async function evaluate(windows) {
  const longest = Math.max(...windows.map((window) => window.length));
  const context = await model.createContext({
    contextSize: longest + 8,
    batchSize: longest + 8,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
    threads: 2,
  });
  const sequence = context.getSequence();
  const results = [];
  for (const window of windows) {
    results.push(await windowNll(sequence, window));
    await sequence.clearHistory();
  }
  await context.dispose();
  return results;
}

/**
 * NLL of tokens 1, 2, ... of a window. At temperature 0 the selected token is the one of the highest logit and logits
 * are raw, so that `includeSelected` gives the maximum (`includeMax` does not, in node-llama-cpp 3.22.1).
 */
async function windowNll(sequence, window) {
  const result = new Array(window.length - 1);
  const input = window.map((token, at) => {
    const target = window[at + 1];
    if (target === undefined) return token;
    const logits = { filter: { tokens: [target], includeSelected: true } };
    return [token, { generateNext: { logits, totalLogitWeight: true } }];
  });
  await sequence.controlledEvaluate(input, {
    onTokenResult(at, { next }) {
      const highest = Math.max(...next.logits.values());
      result[at] = Math.log(next.totalLogitWeight) + highest - next.logits.get(window[at + 1]);
    },
  });
  return result;
}
