import { describe, expect, it } from '@jest/globals';
import { checkWindow } from './check-window.ts';

const model = { contextLength: 4, vocabSize: 10 };

describe('a window', () => {
  it('of two tokens to as many as the model reads is taken', () => {
    checkWindow([0, 9], model, 'window');
    checkWindow(Uint32Array.of(1, 2, 3, 4), model, 'window');
  });

  it.each<[string, Uint32Array | number[], string, string]>([
    ['without a token to predict', [1], 'WINDOW_LENGTH', 'window'],
    ['longer than the context', new Uint32Array(5), 'WINDOW_LENGTH', 'window'],
    ['with a token beyond the vocabulary', [0, 9, 10], 'TOKEN_OUT_OF_RANGE', 'window[2]'],
  ])('%s is refused', (_, tokenIds, reason, field) => {
    expect(() => checkWindow(tokenIds, model, 'window')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason, field }),
    );
  });
});
