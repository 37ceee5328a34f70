// Installs what tests need from npm, and what the package itself does not need: clients of Redis, in each major version,
// and the recipe for queues with its packages. They are in .cache/, so that nothing else finds them.
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npm } from "../npm.js";
import { inRoot, read, root } from "../project.js";

const CLIENTS = {
  redis4: "npm:redis@4",
  redis5: "npm:redis@5",
  redis6: "npm:redis@6",
  ioredis5: "npm:ioredis@5",
  ioredis6: "npm:ioredis@6",
  iovalkey: "^0.4.0",
};

export function installNpmPackages() {
  install("redis-clients", { private: true, type: "module", dependencies: CLIENTS });
  cpSync(inRoot("examples/queue"), inRoot(".cache/queue"), { recursive: true });
  const recipe = JSON.parse(read("examples/queue/package.json"));
  recipe.dependencies["http-background"] = `file:${root}`;
  install("queue", recipe);
}

/** Installs it again only if it has changed. */
function install(name, manifest) {
  const folder = inRoot(join(".cache", name));
  const text = JSON.stringify(manifest, null, 2);
  mkdirSync(folder, { recursive: true });
  const stamp = join(folder, "installed.json");
  if (existsSync(stamp) && read(join(".cache", name, "installed.json")) === text) return;
  writeFileSync(join(folder, "package.json"), text);
  npm("install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder);
  writeFileSync(stamp, text);
}
