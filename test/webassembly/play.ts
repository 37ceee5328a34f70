import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { callInBits } from "./bits.ts";
import { type Ending, type Pair, Pairs, Refusal, tryToConfine, withMemory } from "./pair.ts";
import { type Action, type Command, readCommands } from "./script.ts";

/** What came of the commands of some files. */
export interface Tally {
  /** Assertions that came out the same, on the module as it is and on the confined one. */
  equal: number;
  /** Assertions that did not, each as text. */
  readonly different: string[];
  /** Modules that are invalid, and were refused. */
  invalid: number;
  /** Modules that are invalid, and were accepted. */
  readonly accepted: string[];
  /** Assertions about modules that were refused, or that this Node does not know. */
  skipped: number;
  /** Why modules were refused, and how many. */
  readonly refusals: Map<string, number>;
}

export function emptyTally(): Tally {
  return { equal: 0, different: [], invalid: 0, accepted: [], skipped: 0, refusals: new Map() };
}

/** Plays one file that wast2json has made, and adds what comes of it. */
export function playFile(path: string, tally: Tally): void {
  const player = new Player(path, tally);
  for (const command of readCommands(path)) player.play(command);
}

type Step = (command: Command) => void;

class Player {
  readonly #path: string;
  readonly #tally: Tally;
  readonly #pairs = new Pairs();
  readonly #named = new Map<string, Pair>();
  #last: Pair | undefined;
  readonly #steps: Readonly<Record<string, Step>>;

  constructor(path: string, tally: Tally) {
    this.#path = path;
    this.#tally = tally;
    const compare: Step = (command) => this.#compare(command);
    const refuse: Step = (command) => this.#refuse(command);
    this.#steps = {
      module: (command) => this.#load(command),
      register: (command) => this.#register(command),
      action: compare,
      assert_return: compare,
      assert_trap: compare,
      assert_exhaustion: compare,
      assert_uninstantiable: (command) => this.#start(command),
      assert_invalid: refuse,
      assert_malformed: refuse,
    };
  }

  play(command: Command): void {
    this.#steps[command.type]?.(command);
  }

  /** Loads a module. If it cannot be instantiated, it must be so on both sides: the suite links what does not fit. */
  #load(command: Command): void {
    this.#last = undefined;
    const made = this.#make(command);
    if (made instanceof Refusal) return;
    const { plain, confined } = made;
    if ("exports" in plain && "exports" in confined) {
      this.#last = { plain: plain.exports, confined: confined.exports };
      if (command.name !== undefined) this.#named.set(command.name, this.#last);
    } else if (textOf(plain) !== textOf(confined)) this.#judge(command, textOf(plain), textOf(confined));
    else this.#countRefusal("what it imports is of a refused module");
  }

  #make(command: Command): { plain: Ending; confined: Ending } | Refusal {
    const made = this.#pairs.make(this.#read(command));
    if (made instanceof Refusal) this.#countRefusal(made.why);
    return made;
  }

  #register({ name, as = "" }: Command): void {
    const pair = this.#find(name);
    if (pair !== undefined) this.#pairs.register(as, pair);
  }

  #compare(command: Command): void {
    const { action, either = [], expected = either.slice(0, 1) } = command;
    const pair = this.#find(action?.module);
    if (action === undefined || action.type === "get" || pair === undefined) {
      this.#tally.skipped++;
      return;
    }
    const results = expected.map(({ type }) => type);
    this.#judge(command, this.#call(pair.plain, action, results), this.#call(pair.confined, action, results));
  }

  #call(exports: object, { field, args }: Action, results: readonly string[]): string {
    this.#pairs.refuel();
    return callInBits((exports as Record<string, () => unknown>)[field] as () => unknown, args, results);
  }

  /** It traps when it is instantiated: the confined module must trap too, when the host calls its start. */
  #start(command: Command): void {
    const made = this.#make(command);
    if (made instanceof Refusal) this.#tally.skipped++;
    else this.#judge(command, textOf(made.plain), textOf(made.confined));
  }

  /** The module is invalid: it must be refused, also if all that it lacks is a memory. */
  #refuse(command: Command): void {
    if (command.module_type !== "binary") return;
    for (const wasm of [this.#read(command), withMemory(this.#read(command))]) {
      if (WebAssembly.validate(wasm as Buffer<ArrayBuffer>)) continue;
      if (tryToConfine(wasm) instanceof Refusal) this.#tally.invalid++;
      else this.#tally.accepted.push(this.#placeOf(command));
    }
  }

  #judge(command: Command, plain: string, confined: string): void {
    if (plain === confined) this.#tally.equal++;
    else this.#tally.different.push(`${this.#placeOf(command)}: ${plain}; confined: ${confined}`);
  }

  #read({ filename = "" }: Command): Buffer {
    return readFileSync(join(dirname(this.#path), filename));
  }

  #find(name: string | undefined): Pair | undefined {
    return name === undefined ? this.#last : this.#named.get(name);
  }

  #placeOf({ line }: Command): string {
    return `${this.#path}:${line}`;
  }

  #countRefusal(why: string): void {
    this.#tally.refusals.set(why, (this.#tally.refusals.get(why) ?? 0) + 1);
  }
}

function textOf(ending: Ending): string {
  return "error" in ending ? `${ending.error.name}: ${ending.error.message}` : "no trap";
}
