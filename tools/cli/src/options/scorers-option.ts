import { Option } from 'commander';

/** Of every command that evaluates a model here or runs a planner that does. */
export const scorersOption = (): Option =>
  new Option(
    '--scorers <address>',
    'running scorers that serve the directory above the model, such as dns:///scorers:50051 (default: start one here)',
  );
