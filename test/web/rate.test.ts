/** The rate of an upload, with times that are handed in. */
import { createRate } from '../../src/web/upload/rate.js';

describe('the rate', () => {
  it('is not guessed from the first moment', () => {
    const rate = createRate();
    expect(rate.at(0, 1_000)).toBeNull();
    expect(rate.at(5_000, 1_100)).toBeNull();
    expect(rate.at(30_000, 1_300)).toBe(100_000);
  });

  it('follows a line that becomes slower within three seconds', () => {
    const rate = createRate();
    for (let second = 0; second <= 10; second += 1) rate.at(second * 1_000, second * 1_000);
    const slow = [11, 12, 13, 14].map((second) => rate.at(10_000 + (second - 10) * 10, second * 1_000));
    expect(slow.at(-1)).toBe(10);
  });

  it('is 0 where nothing moves', () => {
    const rate = createRate();
    rate.at(70, 0);
    expect(rate.at(70, 2_000)).toBe(0);
  });
});
