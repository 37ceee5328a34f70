import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  addressForms,
  isInRange,
  privateRange,
  readAddress,
  readRange,
} from "../../../host/network/policy/address-ranges.ts";

/** The ranges in IANA's special-purpose registries (2025) that are not globally reachable, and multicast. */
const IPV4 =
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
  "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 " +
  "168.63.129.16/32";
const IPV4_REACHABLE = "192.0.0.9/32 192.0.0.10/32";
const IPV6 =
  "::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8";
const IPV6_REACHABLE =
  "2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:3::/32 2001:4:112::/48 2001:20::/28 2001:30::/28";

/** Node's own matcher, which has no code in common with the one under test. */
function subnets(text: string): BlockList {
  const list = new BlockList();
  for (const entry of text.split(" ")) {
    const [network = "", bits] = entry.split("/");
    list.addSubnet(network, Number(bits), network.includes(":") ? "ipv6" : "ipv4");
  }
  return list;
}

const ipv4 = { special: subnets(IPV4), reachable: subnets(IPV4_REACHABLE) };
const ipv6 = { special: subnets(IPV6), reachable: subnets(IPV6_REACHABLE) };

function rangeOf(text: string): string | null {
  const address = readAddress(text);
  assert.ok(address !== null, text);
  return privateRange(addressForms(address));
}

/** Bytes that are often in special ranges. */
const groups = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 4, 0x10, 0x20, 0x30, 0x64, 0x100, 0x112, 0x1ff, 0x200, 0x2001, 0x2002, 0x3fff),
  fc.constantFrom(0xdb8, 0x5f00, 0xfc00, 0xfe80, 0xfec0, 0xff00, 0xff9b, 0xffff, 0x2620, 0x4f, 0x8000),
  fc.integer({ min: 0, max: 0xffff }),
);
const isatap = /:(0|200):5efe:/;

describe("the addresses that are private", () => {
  it("are those of the IANA registries, in IPv4", () => {
    const byte = fc.oneof(
      fc.constantFrom(0, 2, 9, 10, 16, 51, 63, 88, 99, 100, 113, 127, 168, 169, 172, 192, 198, 203, 254),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
        const text = bytes.join(".");
        const expected = ipv4.special.check(text) && !ipv4.reachable.check(text);
        assert.equal(rangeOf(text) !== null, expected, text);
      }),
      { numRuns: 5000 },
    );
  });

  it("are those of the IANA registries and what is not assigned, in IPv6", () => {
    const eight = fc.array(groups, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(eight, (parts) => {
        const text = parts.map((part) => part.toString(16)).join(":");
        fc.pre(!isatap.test(text));
        const expected = ipv6.special.check(text, "ipv6") && !ipv6.reachable.check(text, "ipv6");
        assert.equal(rangeOf(text) !== null, expected, text);
      }),
      { numRuns: 5000 },
    );
  });

  it("are private in every form that carries them", () => {
    for (const text of ["127.0.0.1", "10.1.2.3", "169.254.169.254"]) {
      for (const form of [`::ffff:${text}`, `::${text}`, `64:ff9b::${text}`, `2606:4700::5efe:${text}`]) {
        assert.notEqual(rangeOf(form), null, form);
      }
    }
  });
});

describe("readAddress", () => {
  it("reads what a lookup gives, and nothing that is not an address", () => {
    assert.equal(readAddress("93.184.216.34")?.toString(), "93.184.216.34");
    assert.equal(readAddress("fe80::1%eth0")?.toString(), "fe80::1");
    assert.equal(readAddress("::127.0.0.1")?.toString(), "::7f00:1");
    for (const text of ["", "a.example", "127.1", "0x7f000001", "010.0.0.1", "1.2.3.4.5", "::g", "[::1]"]) {
      assert.equal(readAddress(text), null, text);
    }
  });
});

describe("readRange", () => {
  it("agrees with Node's matcher for every prefix", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(address, address, fc.nat(128), (network, other, bits) => {
        const family = network.includes(":") ? "ipv6" : "ipv4";
        fc.pre(other.includes(":") === (family === "ipv6") && (bits <= 32 || family === "ipv6"));
        const range = readRange(`${network}/${bits}`);
        const read = readAddress(other);
        assert.ok(range !== null && read !== null && range[0].kind() === family);
        const list = new BlockList();
        list.addSubnet(network, bits, family);
        assert.equal(isInRange(read, range), list.check(other, family));
      }),
      { numRuns: 2000 },
    );
  });

  it("refuses prefixes that are none", () => {
    for (const text of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "/8", "10.0.0.0/8/8", "10/8"]) {
      assert.equal(readRange(text), null, text);
    }
  });
});
