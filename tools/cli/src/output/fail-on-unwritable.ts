const isGone = ({ code }: NodeJS.ErrnoException): boolean => code === 'EPIPE';

/**
 * Lets a process whose output cannot be written run to its end and fail, without the trace of an exception that nobody has
 * caught. A reader who has gone, as `head` does, need not be told.
 */
export function failOnUnwritable({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!isGone(error)) stderr.write(`error: Standard output cannot be written: ${error.message}.\n`);
  });
  for (const stream of [stdout, stderr]) stream.on('error', failAtEnd);
}

/** When the command has had its say: it may think that all is well. */
function failAtEnd(): void {
  process.once('exit', () => void (process.exitCode = 1));
}
