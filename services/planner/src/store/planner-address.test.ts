import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PlannerFixture } from '../testing/planner-fixture.ts';
import { announcePlanner, announcedPlanner, withdrawPlanner } from './planner-address.ts';

describe('the address beside the store', () => {
  let fixture: PlannerFixture;

  beforeEach(async () => {
    fixture = new PlannerFixture();
    await fixture.start();
  });

  afterEach(() => fixture.stop());

  it('is there as long as a planner serves the store', async () => {
    expect(await announcedPlanner(fixture.storePath)).toBe(`unix:${fixture.folder}/planner.sock`);
    await fixture.stopPlanner();
    expect(await announcedPlanner(fixture.storePath)).toBeUndefined();
  });

  it('can be used from any folder', async () => {
    const store = path.join(fixture.folder, 'other.sqlite');
    await announcePlanner(store, 'unix:planner.sock');
    expect(await announcedPlanner(store)).toBe(`unix:${path.resolve('planner.sock')}`);
    await announcePlanner(store, '127.0.0.1:50052');
    expect(await announcedPlanner(store)).toBe('127.0.0.1:50052');
    await withdrawPlanner(store);
  });
});
