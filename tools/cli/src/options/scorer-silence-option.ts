import { Option } from 'commander';
import { wholeNumber } from './parse-number.ts';

/** Of every command that asks scorers, or starts a planner that does; a planner that runs already has its own. */
export const scorerSilenceOption = (): Option =>
  new Option('--scorer-silence <s>', 'seconds that a scorer may send nothing before it is taken to hang')
    .argParser(wholeNumber(1, 9999))
    .default(600)
    .conflicts('planner');
