/**
 * Emitters for attempts at the same work, which starts anew where memory ran out: what the attempts before have emitted is not
 * emitted again.
 */
export function emitOnce<T>(emit: (value: T) => void): () => (value: T) => void {
  let emitted = 0;
  return () => {
    let seen = 0;
    return (value) => {
      if (seen++ < emitted) return;
      emit(value);
      emitted++;
    };
  };
}
