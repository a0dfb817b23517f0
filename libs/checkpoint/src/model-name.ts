import { resolve, sep } from 'node:path';

/**
 * What a model is called after its directory: the last part of the path or, in the cache of the Hugging Face hub, where that is a
 * hash (models--OWNER--NAME/snapshots/HASH), the name on the hub.
 */
export function modelName(directory: string): string {
  const [cache = '', snapshots, last = ''] = ['', '', '', ...resolve(directory).split(sep)].slice(-3);
  const name = cache.split('--').at(-1);
  return snapshots === 'snapshots' && cache.startsWith('models--') && name ? name : last;
}
