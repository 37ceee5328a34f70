// Plays generated calls and prints what became of them. The environment has SEED and CALLS.
import { SecretWorld } from "./secret-world.ts";

const seed = Number(process.env.SEED ?? 1);
const calls = Number(process.env.CALLS ?? 10_000);

const world = await SecretWorld.create();
const { rightful, leaks } = await world.play(seed, calls);
await world[Symbol.asyncDispose]();
for (const leak of leaks) console.log(leak);
console.log(`SEED=${seed}: ${calls} calls, ${rightful} requests with a secret, ${leaks.length} leaks`);
process.exitCode = leaks.length === 0 ? 0 : 1;
