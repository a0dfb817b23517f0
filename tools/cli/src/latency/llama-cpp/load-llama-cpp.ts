import { BonsaiError } from '@bonsai/support';

/** The part of node-llama-cpp that is used; it is no dependency, since few need it and its binaries are large. */
export interface LlamaCpp {
  readonly LlamaLogLevel: { readonly error: string };
  getLlama(options: object): Promise<Llama>;
}

export interface Llama {
  readonly llamaCppRelease: { readonly release: string };
  getGpuDeviceNames(): Promise<string[]>;
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
}

export interface LlamaModel {
  createContext(options: object): Promise<{ getSequence(): LlamaSequence }>;
  dispose(): Promise<void>;
}

export interface LlamaSequence {
  clearHistory(): Promise<void>;
  controlledEvaluate(input: readonly unknown[], options: { onTokenResult(): void }): Promise<unknown>;
}

/** @throws BonsaiError LATENCY_RUNTIME_UNAVAILABLE where it is not installed */
export async function loadLlamaCpp(name = 'node-llama-cpp'): Promise<LlamaCpp> {
  try {
    return (await import(name)) as LlamaCpp;
  } catch (cause) {
    throw new BonsaiError(`To measure llama.cpp, install it beside Bonsai: npm install ${name}`, {
      code: 'FAILED_PRECONDITION',
      reason: 'LATENCY_RUNTIME_UNAVAILABLE',
      field: '--latency-runtime',
      cause,
    });
  }
}
