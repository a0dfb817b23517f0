/** Purposes of random numbers: each has a stream of its own, so that a change in one does not move the others. */
export const RANDOM_STREAMS = {
  windows: 101,
  prior: 102,
  masks: 103,
  choice: 104,
  fixedQuotas: 105,
  recovery: 106,
} as const;
