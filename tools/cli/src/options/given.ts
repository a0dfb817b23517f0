import type { Command } from 'commander';

/** Whether an option, in camel case, is on the command line; its value may be a default. */
export type IsGiven = (option: string) => boolean;

export const givenTo =
  (command: Command): IsGiven =>
  (option) =>
    command.getOptionValueSource(option) === 'cli';
