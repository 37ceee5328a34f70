// A program that has used script workers, and closes nothing.
import { createHttpBackground } from "../../host/index.ts";
import { createScriptRuntime } from "../../host/script/index.ts";
import { stubScript } from "./stub-script.ts";

const http = await createHttpBackground({ threads: [{ id: "default" }] });
const runtime = createScriptRuntime({ http, workers: 2 });
const script = await runtime.load(stubScript({ body: '(func (export "main"))' }));
await Promise.all(Array.from({ length: 100 }, () => script.run()));
console.log("done");
