import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode, type ExtData, ExtensionCodec } from "@msgpack/msgpack";
import { EXT_FILE } from "../../assembly/abi.ts";
import { Handles } from "../../host/guest/wire/handles.ts";
import { marshal } from "../../host/guest/wire/marshal.ts";

/** Where the buffer of the writer grows, which has 4,096 bytes at first, and then twice as many. */
const GROWTHS = [4096, 8192, 16_384, 65_536, 1 << 20];

const sizeCodec = new ExtensionCodec();
sizeCodec.register({
  type: EXT_FILE,
  encode: () => null,
  decode: (bytes) => Buffer.from(bytes).readDoubleLE(4),
});

describe("arguments of a call", () => {
  for (const growth of GROWTHS) {
    it(`are as they were given, whatever stands at byte ${growth}`, () => {
      const file = new Blob(["0123456789"]);
      for (let length = growth - 80; length <= growth; length++) {
        const url = "u".repeat(length);
        const args = Buffer.from(marshal(["t", url, {}, file], new Handles()));
        const back = decode(args, { extensionCodec: sizeCodec }) as (string | number | ExtData)[];
        assert.equal(back[1], url);
        assert.equal(back[3], 10);
      }
    });
  }
});
