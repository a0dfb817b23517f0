// Exits with code 0 if a GPU adapter answers in this environment.
import { openDevice } from '@bonsai/gpu';

try {
  await openDevice();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
// The native device would keep the process alive.
process.exit(0);
