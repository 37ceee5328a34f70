import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parseConfig } from "../../host/api/config.ts";
import { Mistake } from "../../host/cli/command.ts";
import { readConfig } from "../../host/cli/config-file.ts";

const CONFIG = { threads: [{ id: "default", max_total: 100, max_host: 20 }] };

const SMTPD = `version: "5.8"
servers:
  - id: default
    listeners:
      - port: 25
        address: 127.0.0.1
plugins:
  - id: other
    config:
      threads: 5
  - id: http-background
    config:
      threads:
        - id: default
          max_total: 100
          max_host: 20
environment:
  uuid:
    version: 4
`;

const READABLE: [what: string, name: string, text: string][] = [
  ["Halon's smtpd.yaml", "smtpd.yaml", SMTPD],
  [
    "an entry with a name of its own and the path of the library",
    "smtpd.yaml",
    SMTPD.replace("id: http-background", "id: http\n    path: /opt/halon/plugins/http-background.so"),
  ],
  ["JSON", "config.json", JSON.stringify(CONFIG)],
  ["JSON in a file that is not called so", "config", JSON.stringify(CONFIG, null, 2)],
  [
    "smtpd.yaml as JSON",
    "smtpd.json",
    JSON.stringify({ plugins: [{ id: "http-background", config: CONFIG }] }),
  ],
  ["YAML without a plugins list", "threads.yml", "threads:\n- {id: default, max_total: 100, max_host: 20}\n"],
];

const QUOTED = SMTPD.replace("max_total: 100", 'max_total: "100"').replace("max_host: 20", "max_host: '20'");

const WRONG: [what: string, name: string, text: string, says: RegExp][] = [
  ["YAML that is none", "a.yaml", "threads: [", /a\.yaml: .*at line 1/s],
  ["JSON that is none", "a.json", "{", /a\.json: .*JSON/],
  [
    "an smtpd.yaml without the plugin",
    "a.yaml",
    "plugins:\n- id: other\n",
    /a\.yaml: "plugins" has no entry/,
  ],
  ["plugins that is no list", "a.yaml", "plugins: 5\n", /"plugins" has no entry/],
  [
    "two entries",
    "a.json",
    JSON.stringify({ plugins: [{ id: "http-background" }, { id: "http-background" }] }),
    /has more than one entry/,
  ],
  [
    "an entry without config",
    "a.yaml",
    "plugins:\n- id: http-background\n",
    /must be an object; got undefined/,
  ],
  ["an unknown key", "a.yaml", "threads: []\npool: 1\n", /a\.yaml: .*pool is unknown/],
  ["a wrong limit", "a.yaml", "threads:\n- {id: a, max_total: many}\n", /threads\[0\]\.max_total .*'many'/],
  ["an empty file", "a.yaml", "", /must be an object; got null/],
];

describe("readConfig", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "http-background-"));
  });
  after(() => rm(folder, { recursive: true }));

  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };

  for (const [what, name, text] of READABLE) {
    it(`reads ${what}, with a byte order mark or without`, async () => {
      for (const mark of ["", "\ufeff"]) {
        assert.deepEqual(await readConfig(await write(name, mark + text)), CONFIG);
      }
    });
  }

  for (const [what, name, text, says] of WRONG) {
    it(`refuses ${what}, and names the file`, async () => {
      const path = await write(name, text);
      await assert.rejects(readConfig(path), (error: unknown) => {
        assert.ok(error instanceof Mistake);
        assert.ok(error.message.startsWith(`${path}: `), error.message);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  it("reads limits in quotes as numbers", async () => {
    const path = await write("quoted.yaml", QUOTED);
    assert.deepEqual(parseConfig(await readConfig(path)), [{ id: "default", maxTotal: 100, maxHost: 20 }]);
  });

  it("refuses a file that is not there", async () => {
    await assert.rejects(readConfig(join(folder, "none.yaml")), /none\.yaml: there is no such file/);
  });
});
