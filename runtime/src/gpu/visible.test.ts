import { describe, expect, it } from 'vitest';
import { selectVisible } from './visible.ts';

const gpus = [0, 1, 2, 3].map((number) => ({ number, uniqueId: 0x8ac7230489e80000n + BigInt(number) }));
const numbers = (env: Record<string, string>): readonly number[] =>
  selectVisible(gpus, env).gpus.map(({ number }) => number);

describe('selectVisible', () => {
  it.each([
    [{}, [0, 1, 2, 3]],
    [{ ROCR_VISIBLE_DEVICES: '2,1' }, [2, 1]],
    [{ HIP_VISIBLE_DEVICES: '3' }, [3]],
    [{ CUDA_VISIBLE_DEVICES: '0, 2' }, [0, 2]],
    [{ HIP_VISIBLE_DEVICES: '1', CUDA_VISIBLE_DEVICES: '0,2' }, [1]],
    [{ ROCR_VISIBLE_DEVICES: '1,3', HIP_VISIBLE_DEVICES: '1' }, [3]],
    [{ ROCR_VISIBLE_DEVICES: 'GPU-8ac7230489e80002' }, [2]],
    [{ ROCR_VISIBLE_DEVICES: 'gpu-8AC7230489E80001,0' }, [1, 0]],
    [{ ROCR_VISIBLE_DEVICES: '' }, []],
    [{ HIP_VISIBLE_DEVICES: '', CUDA_VISIBLE_DEVICES: '0' }, []],
    [{ HIP_VISIBLE_DEVICES: '0,-1,2' }, [0]],
    [{ HIP_VISIBLE_DEVICES: '0,9,1' }, [0]],
    [{ HIP_VISIBLE_DEVICES: '0,0,1' }, [0]],
  ])('%j leaves %j', (env, expected) => {
    expect(numbers(env)).toEqual(expected);
  });

  it('says which entry names no GPU', () => {
    expect(selectVisible(gpus, { HIP_VISIBLE_DEVICES: '0,9' }).warnings).toEqual([
      expect.stringMatching(/HIP_VISIBLE_DEVICES=0,9: "9" names no GPU.*0 to 3/),
    ]);
    expect(selectVisible(gpus, { HIP_VISIBLE_DEVICES: '0,-1' }).warnings).toEqual([]);
  });

  it('says when a variable hides everything', () => {
    expect(selectVisible(gpus, { ROCR_VISIBLE_DEVICES: '', HIP_VISIBLE_DEVICES: '0' }).warnings).toEqual([
      expect.stringContaining('ROCR_VISIBLE_DEVICES= hides all 4 GPUs'),
    ]);
  });

  it('takes one partition for an id that several share', () => {
    const twins = [1, 2].map((number) => ({ number, uniqueId: 7n }));
    const entry = `GPU-${'7'.padStart(16, '0')}`;
    expect(selectVisible(twins, { ROCR_VISIBLE_DEVICES: entry }).gpus).toEqual([twins[0]]);
  });
});
