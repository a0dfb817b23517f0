import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { DEFAULT_SETTINGS } from './settings/job-settings.ts';
import { PlannerFixture } from './testing/planner-fixture.ts';

/** What a planner that filled in defaults first stored for the spec of the fixture. */
const DIGEST_WITH_DEFAULTS = 'fa0e9989a086ae78f3ad6da504e8b836d30bdb81d3cdf25592e500759d7b05d0';

const TAKEN = { code: 'ALREADY_EXISTS', reason: 'JOB_ID_TAKEN', field: 'job_id' };

describe('the request of a job, made again', () => {
  let fixture: PlannerFixture;

  beforeEach(async () => {
    fixture = new PlannerFixture();
    await fixture.start();
  });

  afterEach(() => fixture.stop());

  it('finds the job by a planner with other defaults, and leaves it the settings that it was made with', async () => {
    const spec = await fixture.spec();
    const made = await fixture.create(spec, 'mine');
    const defaults = { ...DEFAULT_SETTINGS };
    Object.assign(DEFAULT_SETTINGS, { poolFactor: 4 });
    try {
      const found = await fixture.create(spec, 'mine');
      expect(found).toMatchObject({ createTime: made.createTime, spec: { settings: { poolFactor: 3 } } });
      await expect(fixture.create(await fixture.spec({ seed: 2 }), 'mine')).rejects.toMatchObject(TAKEN);
    } finally {
      Object.assign(DEFAULT_SETTINGS, defaults);
    }
  });

  it('finds the job of a planner that filled in defaults before it compared', async () => {
    const made = await fixture.create(await fixture.spec(), 'mine');
    await fixture.stopPlanner();
    const store = new Database(fixture.storePath);
    store.prepare('UPDATE jobs SET request_digest = ?').run([DIGEST_WITH_DEFAULTS]);
    store.close();
    await fixture.startPlanner();
    expect(await fixture.create(await fixture.spec(), 'mine')).toMatchObject({ createTime: made.createTime });
    await expect(fixture.create(await fixture.spec({ seed: 2 }), 'mine')).rejects.toMatchObject(TAKEN);
  });
});
