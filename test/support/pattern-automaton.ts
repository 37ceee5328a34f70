import type { AST } from "@eslint-community/regexpp";
import { RegExpParser } from "@eslint-community/regexpp";

/** Characters that stand for those above 255. */
const HIGH = ["\u0100", "\u2028", "\ufeff", "\ud83d"];
const SAMPLES = [...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)), ...HIGH];
/** Repetitions that end are as if they ended after so many: no text makes them longer. */
const MOST_COPIES = 3;

/** The characters that a place takes: a bit for each of the samples. */
export type Characters = bigint;
export const ALL_CHARACTERS: Characters = (1n << BigInt(SAMPLES.length)) - 1n;

/** Where a pattern reads one character. */
export interface Place {
  readonly takes: Characters;
  /** Where it may go on. Twice the same is two ways to go there. */
  readonly next: readonly number[];
  /** Whether the pattern has matched behind it: in any case, at the end of the text, or perhaps not. */
  readonly match: "always" | "at the end" | "never";
}

/** A pattern as the engine tries it: place 0 is the text before the match, which is tried from each of its characters. */
export interface Automaton {
  readonly places: readonly Place[];
  /** What the automaton says nothing of. */
  readonly unknown: readonly string[];
}

type Condition = "start" | "end" | "other" | null;
interface Step {
  readonly to: number;
  readonly takes: Characters | null;
  readonly condition: Condition;
}

/** Reads a pattern as `/source/flags` of the language. */
export function readPattern(source: string, flags: string): Automaton {
  return new Builder(flags).build(
    new RegExpParser().parsePattern(source, 0, source.length, flags.includes("u")),
  );
}

class Builder {
  readonly #flags: string;
  /** From each state. */
  readonly #steps: Step[][] = [];
  readonly #unknown: string[] = [];

  constructor(flags: string) {
    this.#flags = flags;
  }

  build(pattern: AST.Pattern): Automaton {
    const start = this.#state();
    const end = this.#alternatives(pattern.alternatives, start);
    const reading = this.#steps.flat().filter(({ takes }) => takes !== null);
    const numbers = new Map(reading.map((step, index) => [step, index + 1]));
    const next = (state: number): number[] => this.#reach(state).map((step) => numbers.get(step) as number);
    // A sticky pattern is tried in one place.
    const before: Place = this.#flags.includes("y")
      ? { takes: 0n, next: [], match: "never" }
      : { takes: ALL_CHARACTERS, next: [0, ...next(start)], match: "never" };
    const places = reading.map(({ takes, to }) => ({
      takes: takes as Characters,
      next: next(to),
      match: this.#match(to, end),
    }));
    return { places: [before, ...places], unknown: this.#unknown };
  }

  #state(): number {
    return this.#steps.push([]) - 1;
  }

  #step(from: number, to: number, takes: Characters | null = null, condition: Condition = null): void {
    this.#steps[from]?.push({ to, takes, condition });
  }

  #alternatives(alternatives: readonly AST.Alternative[], from: number): number {
    const end = this.#state();
    for (const { elements } of alternatives) {
      const own = this.#state();
      this.#step(from, own);
      this.#step(
        elements.reduce((at, element) => this.#element(element, at), own),
        end,
      );
    }
    return end;
  }

  #element(element: AST.Element, from: number): number {
    switch (element.type) {
      case "Character":
      case "CharacterClass":
      case "CharacterSet":
        return this.#read(element.raw, from);
      case "Group":
      case "CapturingGroup":
        return this.#alternatives(element.alternatives, from);
      case "Quantifier":
        return this.#repeat(element, from);
      case "Assertion":
        return this.#assert(element, from);
      default:
        this.#unknown.push(element.raw);
        return from;
    }
  }

  #read(raw: string, from: number): number {
    const one = new RegExp(`^(?:${raw})$`, this.#flags.replace(/[gy]/g, ""));
    const to = this.#state();
    const takes = SAMPLES.reduce(
      (set, character, bit) => (one.test(character) ? set | (1n << BigInt(bit)) : set),
      0n,
    );
    this.#step(from, to, takes);
    return to;
  }

  #repeat({ element, min, max, raw }: AST.Quantifier, from: number): number {
    let at = from;
    for (let copy = 0; copy < Math.min(min, MOST_COPIES); copy++) at = this.#element(element, at);
    const end = this.#state();
    this.#step(at, end);
    if (max === Number.POSITIVE_INFINITY) {
      if (new RegExp(`^(?:${element.raw})$`, this.#flags).test("")) this.#unknown.push(raw);
      const loop = this.#state();
      this.#step(at, loop);
      const again = this.#element(element, loop);
      this.#step(again, loop);
      this.#step(again, end);
      return end;
    }
    for (let copy = Math.min(min, MOST_COPIES); copy < Math.min(max, MOST_COPIES); copy++) {
      at = this.#element(element, at);
      this.#step(at, end);
    }
    return end;
  }

  #assert(assertion: AST.Assertion, from: number): number {
    const to = this.#state();
    const isLook = assertion.kind === "lookahead" || assertion.kind === "lookbehind";
    if (isLook && /[*+]|,\}/.test(assertion.raw)) this.#unknown.push(assertion.raw);
    const isEdge = assertion.kind === "start" || assertion.kind === "end";
    this.#step(
      from,
      to,
      null,
      isEdge && !this.#flags.includes("m") ? (assertion.kind as Condition) : "other",
    );
    return to;
  }

  /** The reading steps that can come next, behind a character, each as often as there are ways to it. */
  #reach(from: number, way: readonly number[] = []): Step[] {
    return (this.#steps[from] ?? []).flatMap((step) => {
      if (step.takes !== null) return [step];
      const isDead = step.condition === "start" || step.condition === "end" || way.includes(step.to);
      return isDead ? [] : this.#reach(step.to, [...way, from]);
    });
  }

  #match(from: number, end: number, way: readonly number[] = []): Place["match"] {
    if (from === end) return "always";
    const found = (this.#steps[from] ?? []).map(({ to, takes, condition }) => {
      if (takes !== null || way.includes(to) || condition === "start" || condition === "other")
        return "never";
      const behind = this.#match(to, end, [...way, from]);
      return condition === "end" && behind === "always" ? "at the end" : behind;
    });
    return (["always", "at the end"] as const).find((match) => found.includes(match)) ?? "never";
  }
}
