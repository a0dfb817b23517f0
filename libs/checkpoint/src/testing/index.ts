export { writeRawSafetensors } from './raw-safetensors.ts';
export { tinyConfig, writeTinyCheckpoint } from './tiny-checkpoint.ts';
