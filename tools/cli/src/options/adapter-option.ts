import { Option } from 'commander';

/** Of every command that may start a scorer; one that runs already has its own. */
export const adapterOption = (): Option =>
  new Option(
    '--adapter <name>',
    'the GPU with this in its name (default: the fastest; without any, a software driver)',
  ).conflicts(['scorers', 'planner']);
