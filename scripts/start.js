// `npm start`: builds what the story of examples/start.ts needs, and tells it. Usage: npm start -- [--waiting N]
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { compiledPath } from "./build/transpile.js";
import { inRoot } from "./project.js";

const STORY = "examples/start.ts";

console.log(
  "You will see scripts that nobody trusts: one that calls an API with a secret that it does not hold, one that\n" +
    "never ends, and very many that wait. The API is a server in this process, on loopback.",
);
// In a process of its own, because the story measures the memory of this one.
const building = [inRoot("scripts/build.js"), "--for", STORY];
const { status } = spawnSync(process.execPath, building, { stdio: "inherit" });
if (status === 0) await import(pathToFileURL(inRoot(compiledPath(STORY))).href);
else process.exitCode = 1;
