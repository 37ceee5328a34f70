import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { headerOf } from "../support/raw-request.ts";
import { ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";

const pem = (label: string): string => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;

/** Options that widen what a script may do, by the switch that allows them. */
const SWITCHES: [name: string, options: object][] = [
  ["proxy", { proxy: "http://127.0.0.1:1" }],
  ["proxy", { proxy: "" }],
  ["sourceip", { sourceip: "127.0.0.1" }],
  ["tls_verify_peer", { tls_verify_peer: false }],
  ["tls_verify_host", { tls_verify_host: false }],
  ["tls_client_cert", { tls_client_cert: { x509: pem("CERTIFICATE"), privatekey: pem("PRIVATE KEY") } }],
];

/** Options that do not widen it: the script could write the same into headers. */
const OPEN: object[] = [
  { username: "me", password: "secret" },
  { aws_sigv4: "aws:amz:eu-north-1:s3", username: "AKOWN", password: "secret" },
  { aws_sigv4: "aws:amz:eu-north-1:s3" },
];

/** Variables that libraries of AWS read. Nothing here reads them. */
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: "AKHOST", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };

describe("an option of a script's call", () => {
  let world: ScriptWorld;
  before(async () => {
    Object.assign(process.env, ENVIRONMENT);
    world = await ScriptWorld.create();
  });
  after(async () => {
    for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
    await world.close();
  });

  const outputOf = async (options: object, open: string[] = []): Promise<string> => {
    const body = `(func (export "main") (call $echo_record ${call("args")}))`;
    const data = { args: ["default", `${world.server.base}/`, options] };
    const script = await world.runtime({ options: open }).load(assembleScript({ body, data }));
    return (await script.run()).output;
  };

  for (const [name, options] of SWITCHES) {
    it(`that widens is denied until its switch opens it: ${JSON.stringify(options).slice(0, 40)}`, async () => {
      const others = SWITCHES.map(([other]) => other).filter((other) => other !== name);
      assert.match(await outputOf(options), /DENIED/);
      assert.match(await outputOf(options, others), /DENIED/);
      assert.doesNotMatch(await outputOf(options, [name]), /DENIED/);
    });
  }

  for (const options of OPEN) {
    it(`that widens nothing needs none: ${JSON.stringify(options)}`, async () => {
      assert.match(await outputOf(options), /status/);
      const request = world.server.requests.at(-1);
      assert.ok(request !== undefined);
      assert.ok(!request.raw.includes("AKHOST"), "credentials of the host");
      const { username } = options as { username?: string };
      if (username === "AKOWN") assert.match(headerOf(request, "authorization") ?? "", /Credential=AKOWN/);
    });
  }
});
