/** Who waits for the work of a model. */
export interface Caller {
  /** Ends the work between two of its parts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Told of every part of the work that is done, be it a submit, a layer that was loaded or a part of the host's algebra: many times a
   * second on a fast device. A device that hangs ends no part.
   */
  readonly getsOn?: (() => void) | undefined;
}
