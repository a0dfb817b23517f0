import { InvalidArgumentError, Option } from 'commander';
import { BYTE_SIZE_FORM, parseByteSize } from '@bonsai/support';

/** Of every command that may start a scorer; one that runs already has its own. */
export const gpuMemoryOption = (): Option =>
  new Option('--gpu-memory <size>', 'most GPU memory to use, such as 8GiB or 512MiB (default: what the driver gives)')
    .argParser((text) => {
      const bytes = parseByteSize(text);
      if (bytes === undefined) throw new InvalidArgumentError(`This is no size; ${BYTE_SIZE_FORM}.`);
      return bytes;
    })
    .conflicts(['scorers', 'planner']);
