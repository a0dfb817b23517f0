/** 75 s -> "1 min 15 s". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** 75 s of one core -> "about 1.3 core-minutes". */
export function formatCoreTime(seconds: number): string {
  const minutes = seconds / 60;
  if (minutes < 0.1) return 'under 0.1 core-minutes';
  return `about ${minutes.toFixed(minutes < 10 ? 1 : 0)} core-minutes`;
}

/** 1234567 -> "1.23 M". */
export function formatCount(count: number): string {
  const units = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  for (const [size, name] of units) if (count >= size) return `${(count / size).toPrecision(3)} ${name}`;
  return String(count);
}

/** Bytes in MiB or GiB. */
export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${mebibytes.toFixed(0)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
}

export const formatPercent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Rows as columns of equal width; the first is aligned to the left, the others to the right unless told otherwise. */
export function formatTable(rows: readonly (readonly string[])[], values: 'left' | 'right' = 'right'): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 || values === 'left' ? text.padEnd(width) : text.padStart(width);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
