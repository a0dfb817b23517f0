/** One way of pruning that a comparison has a row for: a method with its options. */
export interface Variant {
  /** As written on the command line. */
  readonly name: string;
  /** Arguments of `bonsai prune`. */
  readonly args: readonly string[];
}

/** Named lists, so that the usual comparison is short to write. */
const PRESETS: Readonly<Record<string, readonly string[]>> = {
  controls: [
    'random',
    'magnitude',
    'wanda-sp',
    'flap',
    // With biases that make up for what is gone on average. FLAP takes the averages on the dense model and applies every bias; here
    // they are taken behind what is pruned already, and held-out text decides which biases stay.
    'flap:recover=bias:recover-when=at-end',
    'prior-only',
    'prior-only:prior=obs',
    'shortgpt',
    'blockpruner',
  ],
  published: ['paper', 'paper-local'],
  ours: ['bonsai', 'bonsai:prior=obs'],
  recovered: ['prior-only:recover=lsq', 'bonsai:recover=lsq'],
  ablations: [
    'random-quotas',
    'prior-in-fit',
    'carried-estimates',
    'partners',
    'log-loss',
    'probes',
    'posterior-draws',
    'second-look',
    'measured-cut',
    'common-slope',
    'damage-noise',
    'joint-draws',
    'prior-cut',
  ].map((ingredient) => `bonsai:without=${ingredient}`),
};

/**
 * Reads a comma-separated list of variants: a preset (`all` is every preset), or the name of a method, followed by options
 * of `bonsai prune` as `:option=value`. A switch goes without its value.
 * @param recoveries values of `--recover`, comma-separated: every variant with each of them, unless it names its own
 */
export function parseVariants(text: string, recoveries = ''): Variant[] {
  const names = listOf(text).flatMap((name) =>
    name === 'all' ? Object.values(PRESETS).flat() : (PRESETS[name] ?? name),
  );
  return [...new Set(names.flatMap((name) => withRecoveries(name, listOf(recoveries))))].map(parseVariant);
}

/** Recovery at the end, so that a method's choice of units is the same with every recovery and without. */
function withRecoveries(name: string, recoveries: readonly string[]): string[] {
  if (recoveries.length === 0 || name.includes(':recover=')) return [name];
  return recoveries.map((recovery) => (recovery === 'none' ? name : `${name}:recover=${recovery}:recover-when=at-end`));
}

/** A variant as tables and charts name it: `flap + lsq` is recovered at the end, like most; others keep their options. */
export function labelOf(name: string): string {
  return name.replace(/:recover=(\w+):recover-when=at-end/, ' + $1');
}

/** The items of a comma-separated list. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function parseVariant(name: string): Variant {
  const [method = '', ...options] = name.split(':');
  return { name, args: ['--method', method, ...options.flatMap(optionArgs)] };
}

function optionArgs(text: string): string[] {
  const at = text.indexOf('=');
  return at < 0 ? [`--${text}`] : [`--${text.slice(0, at)}`, text.slice(at + 1)];
}
