/** Maximum number of attempts for a find. */
const MOST_ATTEMPTS = 2000;

/** Makes a shorter input. It leaves out smaller and smaller parts, as long as `isSame` is true. */
export async function shrink(input: Buffer, isSame: (shorter: Buffer) => Promise<boolean>): Promise<Buffer> {
  let best = input;
  let attempts = MOST_ATTEMPTS;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && attempts > 0; attempts--) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (await isSame(shorter)) best = shorter;
      else at += size;
    }
  }
  return best;
}
