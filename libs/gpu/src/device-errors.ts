import { BonsaiError } from '@bonsai/support';

export function deviceLost(message: string): BonsaiError {
  return new BonsaiError(`The GPU device was lost (${message}); restart the process that holds it.`, {
    code: 'UNAVAILABLE',
    reason: 'DEVICE_LOST',
  });
}

export function outOfDeviceMemory(message: string, cause?: unknown): BonsaiError {
  return new BonsaiError(message, { code: 'RESOURCE_EXHAUSTED', reason: 'DEVICE_OUT_OF_MEMORY', cause });
}

export function deviceValidation(message: string, cause?: unknown): BonsaiError {
  return new BonsaiError(`The GPU refused an operation: ${message}`, {
    code: 'INTERNAL',
    reason: 'DEVICE_VALIDATION',
    cause,
  });
}

/** The typed error for an error that an error scope caught; `kind` is the filter of the scope. */
export function fromGpuError(kind: GPUErrorFilter, error: GPUError): BonsaiError {
  if (kind === 'out-of-memory') {
    return outOfDeviceMemory(
      `The GPU has no memory left (${error.message}); set --gpu-memory of the scorer below what is free there, so that layers ` +
        'which do not fit are streamed, or use shorter windows.',
      error,
    );
  }
  return deviceValidation(error.message, error);
}
