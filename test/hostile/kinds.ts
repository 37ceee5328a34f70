import type { Guests } from "./guests.ts";
import type { ProgramKind } from "./harm.ts";
import { hiddenModule } from "./hidden-modules.ts";
import { hostileProgram } from "./javascript.ts";
import { madeModule, mutatedModule } from "./modules.ts";
import { PROGRAM_KINDS } from "./programs.ts";
import type { Random } from "./random.ts";
import { anyCall, THROWN } from "./values.ts";

/** The outcome of a case, in one word: "value", or the code with which it ended. */
export type Outcome = string;

/** One kind of cases. Each is a row of the table. */
export interface Kind {
  readonly name: string;
  /** How often it is played, compared with other kinds. */
  readonly weight: number;
  /** Plays a case to its end. @throws if something happened that the documentation does not allow */
  play(random: Random, guests: Guests): Promise<Outcome>;
}

function ofProgram({ name, weight, write }: ProgramKind): Kind {
  return {
    name,
    weight,
    async play(random, guests) {
      const { program, isLiar, abortAfter, timeout } = write(random, { url: `${guests.world.base}/ok` });
      const controller = new AbortController();
      if (abortAfter !== undefined) abortLater(controller, abortAfter);
      const script = isLiar ? guests.liar : guests.driver;
      const running = script.run("main", {
        args: [program.bytes()],
        ...(random.chance(0.3) ? { files: { own: "mine" } } : {}),
        ...(abortAfter === undefined ? {} : { signal: controller.signal }),
        timeout,
      });
      return guests.judge.ofRun(running, controller.signal);
    },
  };
}

function abortLater(controller: AbortController, turns: number): void {
  if (turns === 0) controller.abort();
  else setImmediate(abortLater, controller, turns - 1);
}

function ofModule(name: string, weight: number, make: (random: Random, guests: Guests) => Buffer): Kind {
  return {
    name,
    weight,
    async play(random, guests) {
      const loading = guests.world.load(make(random, guests));
      const script = await loading.catch(() => undefined);
      if (script === undefined) return guests.judge.ofLoad(loading);
      // If the module can be loaded, its first entries are run.
      const outcomes = script.entries.slice(0, 3).map((entry) => guests.judge.ofRun(script.run(entry)));
      return `loaded, ${(await Promise.all(outcomes))[0] ?? "without entries"}`;
    },
  };
}

const OTHERS: readonly Kind[] = [
  ofModule("modules with bytes that are others", 20, (random, { modules }) =>
    mutatedModule(random, random.pick(modules)),
  ),
  ofModule("modules with parts that no compiler makes", 25, madeModule),
  ofModule("modules with code that only the engine would see", 10, hiddenModule),
  {
    name: "programs in JavaScript",
    weight: 30,
    async play(random, { world, judge, evaluator }) {
      const controller = new AbortController();
      if (random.chance(0.1)) abortLater(controller, random.below(50));
      const args = [hostileProgram(random), `${world.base}/${random.pick(["ok", "large", "ok"])}`];
      const options = {
        args,
        signal: controller.signal,
        ...(random.chance(0.3) ? { files: { own: "mine" } } : {}),
      };
      return judge.ofRun(evaluator.run("default", options), controller.signal);
    },
  },
  {
    name: "values of an application",
    weight: 80,
    async play(random, { world, judge }) {
      const call = world.http.http_background as (...args: unknown[]) => Promise<object>;
      return judge.ofCall(call(...anyCall(random, `${world.base}/ok`)), THROWN);
    },
  },
];

/** All kinds. */
export const KINDS: readonly Kind[] = [...PROGRAM_KINDS.map(ofProgram), ...OTHERS];
