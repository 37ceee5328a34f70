import { Random } from "../hostile/random.ts";

/** So many of a list, in its order. They are others for each seed. */
export function choose<T>(list: readonly T[], count: number, seed: number): readonly T[] {
  const random = new Random(seed, 0);
  let wanted = Math.min(count, list.length);
  return list.filter((_, i) => {
    const isChosen = random.below(list.length - i) < wanted;
    if (isChosen) wanted--;
    return isChosen;
  });
}
