import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inOrder, type Source } from "../../../host/network/names/address-order.ts";

const source = (address: string, internal = false): Source => ({ address, internal });

const LOOPBACK = [source("127.0.0.1", true), source("::1", true)];
const V4 = [...LOOPBACK, source("192.0.2.2")];
const NEAR_V6 = [...V4, source("fe80::1%eth0")];
const LOCAL_V6 = [...NEAR_V6, source("fd00::2")];
const V6 = [...LOCAL_V6, source("2001:db8::2")];
const ONLY_V6 = [...LOOPBACK, source("2001:db8::2")];

const PUBLIC_4 = "198.51.100.1";
const PUBLIC_6 = "2600::1";
const LOCAL_6 = "fd00::9";

describe("inOrder", () => {
  it("has first what can be reached from here, then IPv6, as getaddrinfo", () => {
    const table: Record<string, [sources: Source[], given: string[], expected: string[]]> = {
      "nothing but IPv4": [V4, [PUBLIC_6, PUBLIC_4], [PUBLIC_4, PUBLIC_6]],
      "IPv6 for neighbours only": [NEAR_V6, [PUBLIC_6, PUBLIC_4], [PUBLIC_4, PUBLIC_6]],
      "IPv6 for the own network only": [LOCAL_V6, [PUBLIC_6, PUBLIC_4], [PUBLIC_4, PUBLIC_6]],
      "the own network": [LOCAL_V6, [PUBLIC_4, LOCAL_6], [LOCAL_6, PUBLIC_4]],
      both: [V6, [PUBLIC_4, PUBLIC_6], [PUBLIC_6, PUBLIC_4]],
      "nothing but IPv6": [ONLY_V6, [PUBLIC_4, PUBLIC_6], [PUBLIC_6, PUBLIC_4]],
      loopback: [V4, ["127.0.0.1", "::1"], ["::1", "127.0.0.1"]],
      "loopback without IPv6": [
        [source("127.0.0.1", true), source("192.0.2.2")],
        ["::1", "127.0.0.1"],
        ["127.0.0.1", "::1"],
      ],
      "6to4 comes after IPv6": [V6, ["2002::1", PUBLIC_4, PUBLIC_6], [PUBLIC_6, PUBLIC_4, "2002::1"]],
      "IPv4 in IPv6 is IPv6 without a way": [
        V4,
        ["::ffff:127.0.0.2", PUBLIC_4],
        [PUBLIC_4, "::ffff:127.0.0.2"],
      ],
      zones: [NEAR_V6, [PUBLIC_6, "fe80::9%eth0"], ["fe80::9%eth0", PUBLIC_6]],
    };
    for (const [what, [sources, given, expected]] of Object.entries(table)) {
      assert.deepEqual(
        inOrder(given, () => sources),
        expected,
        what,
      );
    }
  });

  it("leaves the order of addresses that are alike", () => {
    const v4 = ["192.0.2.3", "192.0.2.1", "10.0.0.1", "192.0.2.2"];
    const asked = (): Source[] => assert.fail("nothing is to be put in order");
    assert.deepEqual(inOrder(v4, asked), v4);
    assert.deepEqual(inOrder(["::1"], asked), ["::1"]);
    const v6 = ["2600::3", "2600::1", "2600::2"];
    assert.deepEqual(
      inOrder([...v4, ...v6], () => V6),
      [...v6, ...v4],
    );
  });
});
