import { Engine } from "../../guest/engine/engine.ts";
import { GuestModule } from "../../guest/engine/module.ts";
import { engineGuest } from "../../guest/javascript/module-rules.ts";
import type { ComputableScript, JavaScriptScript } from "../steps/script.ts";
import type { RunContext } from "../steps/step.ts";
import { GuestRun, type RunSetting } from "./guest-run.ts";
import { JAVASCRIPT_OPTIONS } from "./javascript-calls.ts";
import { JavaScriptRun } from "./javascript-run.ts";
import { SCRIPT_RULES } from "./script-rules.ts";
import { startGuest } from "./start-guest.ts";

/** What computes the steps of a script. */
export interface ScriptGuest {
  /** It is made for the first run, because making it may end the worker. */
  readonly engine: Engine<GuestRun>;
  newRun(context: RunContext, setting: RunSetting): GuestRun;
}

/** The engines of one thread: each module of WebAssembly has its own, and all scripts in JavaScript have one. */
export class GuestEngines {
  #javascript: { readonly id: string; readonly engine: Engine<GuestRun> } | undefined;

  guestOf(script: ComputableScript): ScriptGuest {
    return "image" in script ? this.#guestInJavaScript(script) : guestInWasm(script);
  }

  #guestInJavaScript(script: JavaScriptScript & ComputableScript): ScriptGuest {
    const engineOf = (): Engine<GuestRun> => this.#javascriptEngine(script);
    return {
      get engine() {
        return engineOf();
      },
      newRun: (context, setting) => new JavaScriptRun(context, script.limits, setting, script.image),
    };
  }

  #javascriptEngine({ engine: image }: JavaScriptScript): Engine<GuestRun> {
    if (this.#javascript?.id !== image.id) {
      const engine = new Engine<GuestRun>(
        engineGuest(image.module, image.isConfined, image),
        JAVASCRIPT_OPTIONS,
      );
      this.#javascript = { id: image.id, engine };
    }
    return this.#javascript.engine;
  }
}

function guestInWasm({ module, key, limits }: Extract<ComputableScript, { module: unknown }>): ScriptGuest {
  let engine: Engine<GuestRun> | undefined;
  return {
    get engine() {
      engine ??= startGuest(new GuestModule(module, SCRIPT_RULES), limits, key);
      return engine;
    },
    newRun: (context, setting) => new GuestRun(context, limits, setting),
  };
}
