import { describe, expect, it } from '@jest/globals';
import { planProto } from '@bonsai/rpc';
import { bonsai, demoModel, document } from './bonsai-process.ts';

/** As the demo model is stored. */
const BF16 = planProto.Precision.PRECISION_BF16;

describe('bonsai doctor', () => {
  it('describes the adapter that jobs will get', async () => {
    const { code, out } = await bonsai(['doctor', '--json']);
    expect(code).toBe(0);
    expect(document(out)).toMatchObject({
      ok: true,
      adapter: {
        features: expect.any(Array),
        limits: expect.any(Object),
        tiling: expect.stringMatching(/^(subgroup|workgroup|matrix)/),
      },
    });
  });

  it('says what to do where the adapter computes on the CPU', async () => {
    const { code, out } = await bonsai(['doctor']);
    expect(code).toBe(0);
    const onGpu = /computes on +the GPU\n[^]+\n\nReady: /;
    const inSoftware = /computes on +the CPU, in software\n[^]+\n\nReady, but slow: .+ install the Vulkan driver/;
    expect(out).toMatch(new RegExp(`${onGpu.source}|${inSoftware.source}`));
  });

  it('says what a model takes of the memory', async () => {
    const { code, out } = await bonsai(['doctor', '--model', demoModel, '--json']);
    expect(code).toBe(0);
    expect(document(out)).toMatchObject({
      memory: { weightBytes: expect.any(Number), activationBytes: expect.any(Number), precision: BF16 },
    });
  });

  it('says which adapters there are where none has the name that is asked for', async () => {
    const { code, out } = await bonsai(['doctor', '--adapter', 'no such adapter', '--json']);
    expect(code).toBe(1);
    const problem = expect.stringMatching(/'no such adapter'.*Available adapters:.*ADAPTER_NOT_FOUND, --adapter/s);
    expect(document(out)).toMatchObject({ ok: false, problem });
  });

  it('says what to install where no adapter answers', async () => {
    const { code, out } = await bonsai(['doctor', '--json'], {
      VK_ICD_FILENAMES: '/nowhere.json',
      VK_DRIVER_FILES: '/nowhere.json',
    });
    expect(code).toBe(1);
    expect(document(out)).toMatchObject({ ok: false, problem: expect.stringMatching(/install.*ADAPTER_NOT_FOUND/) });
  });
});
