/** In a stream of results: there is none yet, but the work gets on. */
export const ALIVE = Symbol('alive');
export type Alive = typeof ALIVE;
