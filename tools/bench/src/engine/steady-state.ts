export interface MemorySample {
  readonly batch: number;
  readonly residentBytes: number;
  readonly deviceBytes: number;
}

/** Bytes per batch by which resident memory and device memory grow, by least squares. */
export interface Growth {
  readonly resident: number;
  readonly device: number;
}

/** Runs `batches` batches and samples memory at every fortieth part of them, after half of them for settling. */
export async function steadyState(
  batches: number,
  runBatch: (batch: number) => Promise<void>,
  deviceBytes: () => number,
): Promise<{ readonly samples: readonly MemorySample[]; readonly growth: Growth }> {
  const samples: MemorySample[] = [];
  const every = Math.max(1, Math.floor(batches / 40));
  for (let batch = 0; batch < batches; batch++) {
    await runBatch(batch);
    if (batch < batches / 2 || batch % every > 0) continue;
    samples.push({ batch, residentBytes: process.memoryUsage.rss(), deviceBytes: deviceBytes() });
  }
  const resident = slope(samples.map((sample) => [sample.batch, sample.residentBytes]));
  const device = slope(samples.map((sample) => [sample.batch, sample.deviceBytes]));
  return { samples, growth: { resident, device } };
}

/** Of the line through points by least squares; 0 for fewer than two. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  const under = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
