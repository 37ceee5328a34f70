import { ALL_CHARACTERS, type Automaton, type Place, readPattern } from "./pattern-automaton.ts";

/**
 * Whether there are texts for which a pattern takes more time than their length: an engine that backtracks tries every
 * way to read a text that does not match in the end. It does where one text can be read in two loops, and on the way
 * from one to the other (Weber and Seidl, "On the degree of ambiguity of finite automata"). Text before the match is
 * such a loop too: `x+$` is tried from each `x`.
 *
 * @returns why, or null
 */
export function findBacktracking(source: string, flags: string): string | null {
  const automaton = readPattern(source, flags);
  if (automaton.unknown.length > 0) return `not understood: ${automaton.unknown.join(" ")}`;
  const { places } = automaton;
  const loops = places.map((_, at) => placesBetween(places, at));
  const turning = [...places.keys()].filter((at) => loops[at]?.has(at));
  for (const q of turning) {
    if (q !== 0 && hasTwoWaysBack(places, loops[q] as ReadonlySet<number>, q)) return "exponential";
  }
  for (const p of turning) {
    for (const q of turning) {
      if (p !== q && !canAlwaysStop(places[q] as Place, q) && readsAlike(automaton, loops, p, q))
        return "polynomial";
    }
  }
  return null;
}

/** The places on the ways from a place back to itself. */
function placesBetween(places: readonly Place[], at: number): ReadonlySet<number> {
  const ahead = reach(at, (place) => places[place]?.next ?? []);
  return new Set([...ahead].filter((place) => reach(place, (one) => places[one]?.next ?? []).has(at)));
}

/** What follows `from`, in one step or more. */
function reach(from: number, next: (at: number) => readonly number[]): Set<number> {
  const found = new Set<number>();
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const one of next(at)) {
      if (found.has(one)) continue;
      found.add(one);
      open.push(one);
    }
  }
  return found;
}

/** Whether one text leads from `q` back to it in two ways. */
function hasTwoWaysBack(places: readonly Place[], loop: ReadonlySet<number>, q: number): boolean {
  const nextIn = (at: number): number[] => (places[at]?.next ?? []).filter((one) => loop.has(one));
  if ([...loop].some((at) => new Set(nextIn(at)).size < nextIn(at).length)) return true;
  const size = places.length;
  const pairs = (pair: number): number[] => {
    const [a, b] = [Math.floor(pair / size), pair % size];
    return nextIn(a).flatMap((x) =>
      nextIn(b)
        .filter((y) => meet(places, x, y))
        .map((y) => x * size + y),
    );
  };
  const apart = [...reach(q * size + q, pairs)].filter((pair) => Math.floor(pair / size) !== pair % size);
  return apart.some((pair) => reach(pair, pairs).has(q * size + q));
}

/** Whether one text leads from `p` to `p`, from `p` to `q` and from `q` to `q`. */
function readsAlike(
  { places }: Automaton,
  loops: readonly ReadonlySet<number>[],
  p: number,
  q: number,
): boolean {
  const size = places.length;
  const nextOf = (at: number): readonly number[] => places[at]?.next ?? [];
  const triples = (triple: number): number[] => {
    const a = Math.floor(triple / (size * size));
    const b = Math.floor(triple / size) % size;
    const steps: number[] = [];
    for (const x of nextOf(a).filter((one) => loops[p]?.has(one)))
      for (const y of nextOf(b))
        for (const z of nextOf(triple % size).filter((one) => loops[q]?.has(one)))
          if (meet(places, x, y, z)) steps.push((x * size + y) * size + z);
    return steps;
  };
  return reach((p * size + p) * size + q, triples).has((p * size + q) * size + q);
}

function meet(places: readonly Place[], ...ats: number[]): boolean {
  return ats.reduce((set, at) => set & (places[at]?.takes ?? 0n), ALL_CHARACTERS) !== 0n;
}

/** Whether the engine, once there, has a match in any case: at once, or at the end of the text, which it reaches. */
function canAlwaysStop({ takes, next, match }: Place, at: number): boolean {
  return match === "always" || (match === "at the end" && takes === ALL_CHARACTERS && next.includes(at));
}
