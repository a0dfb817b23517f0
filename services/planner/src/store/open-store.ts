import { setTimeout as sleep } from 'node:timers/promises';
import { StoreDatabase } from './database.ts';
import { isStoreBusy } from './store-error.ts';

const POLL_MILLISECONDS = 100;

/**
 * Opens the store as {@link StoreDatabase} does, but waits for a planner that holds it: a command such as `bonsai jobs`
 * holds it for an instant, and must not make a job that starts meanwhile fail.
 * @param patienceMilliseconds 0: a store that is in use is refused at once
 * @throws BonsaiError STORE_FAILED
 */
export async function openStore(file: string, patienceMilliseconds: number): Promise<StoreDatabase> {
  for (let waited = 0; ; waited += POLL_MILLISECONDS) {
    try {
      return new StoreDatabase(file);
    } catch (error) {
      if (!isStoreBusy(error) || waited >= patienceMilliseconds) throw error;
    }
    await sleep(POLL_MILLISECONDS);
  }
}
