/** What the process that runs llama.cpp is asked; it answers one question after the other. */
export interface TimerQuestion {
  readonly gguf: string;
  readonly tokens: number;
  readonly passes: number;
}

/** Its first message, and its answers. */
export type TimerMessage =
  { readonly name: string } | { readonly seconds: readonly number[] } | { readonly failure: string };
