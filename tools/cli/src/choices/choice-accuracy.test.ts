import { describe, expect, it } from '@jest/globals';
import { choicesDocument, choicesLoss } from './choice-accuracy.ts';

describe('the loss of questions', () => {
  it('rises with every wrong choice that gains, long before the answer changes', () => {
    const questions = [{ context: 'a', choices: ['b', 'c', 'd'], answer: 0 }];
    const loss = (...values: number[]): number => choicesLoss(questions, values);
    expect(loss(-2, -2, -2)).toBeCloseTo(Math.log(3), 12);
    expect(loss(-1, -4, -4)).toBeLessThan(loss(-1, -3, -4));
    expect(loss(-800, -1, -900)).toBeCloseTo(799, 9);
  });
});

describe('accuracy on questions', () => {
  it('is by the sum of log-likelihoods, by that per character, and the margin is to the best wrong choice', () => {
    const questions = [
      // The short choice wins by its sum, the long one by length.
      { context: 'a', choices: ['bb', 'cccccccc'], answer: 1 },
      { context: 'a', choices: ['b', 'c', 'd'], answer: 2 },
    ];
    const document = choicesDocument(questions, [-2, -4, -3, -2, -1.5]);
    expect(document).toEqual({
      questions: 2,
      accuracy: 0.5,
      accuracy_normalized: 1,
      accuracy_error: 0.5,
      accuracy_normalized_error: 0,
      // Per character -1 against -0.5, and -3, -2 and -1.5.
      loss: expect.closeTo((Math.log(1 + Math.exp(-0.5)) + Math.log(1 + Math.exp(-0.5) + Math.exp(-1.5))) / 2, 12),
      margin: (-2 + 0.5) / 2,
      log_likelihoods: [
        [-2, -4],
        [-3, -2, -1.5],
      ],
    });
  });

  it('counts characters, not UTF-16 units, and takes the first of equal choices', () => {
    const { accuracy, accuracy_normalized } = choicesDocument(
      [{ context: 'a', choices: ['😀😀', 'bbb'], answer: 0 }],
      [-3, -3],
    );
    // Per character -1.5 against -1; by UTF-16 units the emoji would win.
    expect([accuracy, accuracy_normalized]).toEqual([1, 0]);
  });
});
