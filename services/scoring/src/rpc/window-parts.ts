import type { ModelConfig } from '@bonsai/checkpoint';
import { unpackWindow } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { checkWindow, invalidArgument } from '@bonsai/support';
import type { RequestBudget } from './request-budget.ts';

/** Collects the windows of a request, each checked against the model as it arrives. */
export class WindowParts {
  readonly windows: Uint32Array[] = [];
  readonly #config: ModelConfig;
  readonly #budget: RequestBudget;
  readonly #name: string;

  /** @param name of the field that brings them, for errors */
  constructor(config: ModelConfig, budget: RequestBudget, name = 'windows') {
    this.#config = config;
    this.#budget = budget;
    this.#name = name;
  }

  /** @throws BonsaiError WINDOW_LENGTH, TOKEN_OUT_OF_RANGE, REQUEST_TOO_LARGE */
  add(chunk: scoringProto.WindowChunk): void {
    for (const message of chunk.windows) {
      const field = `${this.#name}[${this.windows.length}].token_ids`;
      this.#budget.take(4 * message.tokenIds.length, 1, field);
      checkWindow(message.tokenIds, this.#config, field);
      this.windows.push(unpackWindow(message));
    }
  }

  /** @throws BonsaiError REQUEST_INVALID if none came */
  finish(): readonly Uint32Array[] {
    if (this.windows.length === 0)
      throw invalidArgument('REQUEST_INVALID', this.#name, 'Send at least one window of token ids.');
    return this.windows;
  }
}
