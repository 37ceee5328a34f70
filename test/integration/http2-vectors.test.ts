import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { certificates } from "../support/certificates.ts";
import { isPlayable, startScriptedHttp2Server } from "../support/http2-vectors.ts";
import { runVector } from "../support/vector-run.ts";
import { loadVectors } from "../support/vectors.ts";

const FILES = ["body", "headers", "responses", "multipart", "encoder", "redirects", "auth"];

describe("vectors over HTTP/2", () => {
  let plugin: HttpBackground;
  before(async () => {
    const ca = certificates().authority.cert;
    plugin = await createHttpBackground({ threads: [{ id: "default" }] }, { ca, env: {} });
  });
  after(() => plugin.destroy());

  for (const vector of FILES.flatMap(loadVectors)) {
    if (!(vector.server ?? []).every(isPlayable)) continue;
    it(vector.name, () => runVector(plugin, vector, startScriptedHttp2Server));
  }
});
