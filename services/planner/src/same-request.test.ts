import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from './jobs/job-settings.ts';
import { PlannerFixture } from './testing/planner-fixture.ts';

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
});
