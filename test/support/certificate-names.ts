import type { Wanted } from "./x509.ts";

/**
 * A certificate, the hosts for which it is valid by libcurl's rules, and hosts for which it is not. All are on
 * loopback.
 */
export interface NamesRow {
  what: string;
  certificate: Pick<Wanted, "commonNames" | "names" | "extensions">;
  is: string[];
  isNot: string[];
}

// Alternative names: ::ffff:127.0.0.1.
const MAPPED = Buffer.from("3012871000000000000000000000ffff7f000001", "hex");
const LONG = `${"a".repeat(63)}.w.localhost`;

/** Certificates with many kinds of names, and which hosts they match. */
export const NAMES_TABLE: readonly NamesRow[] = [
  {
    what: "a name, in whatever case, with or without a dot at its end",
    certificate: { names: ["DNS:OK.w.Localhost"] },
    is: ["ok.w.localhost", "OK.W.LOCALHOST", "ok.w.localhost."],
    isNot: [
      "w.localhost",
      "a.ok.w.localhost",
      "xok.w.localhost",
      "ok.w.localhos.localhost",
      "127.0.0.1",
      "[::1]",
    ],
  },
  {
    what: "a name that ends in a dot",
    certificate: { names: ["DNS:ok.w.localhost."] },
    is: ["ok.w.localhost", "ok.w.localhost."],
    isNot: ["w.localhost"],
  },
  {
    what: "any of several names, in any order, among names of other kinds",
    certificate: {
      names: [
        "URI:https://no.localhost/",
        "DNS:a.localhost",
        "IP:127.0.0.9",
        "DNS:b.localhost",
        "email:c.localhost",
      ],
    },
    is: ["a.localhost", "b.localhost"],
    isNot: ["no.localhost", "c.localhost", "127.0.0.1"],
  },
  {
    what: "a wildcard",
    certificate: { names: ["DNS:*.w.localhost"] },
    is: [
      "a.w.localhost",
      "A.W.localhost",
      "a.w.localhost.",
      "xn--bcher-kva.w.localhost",
      "b\u00fccher.w.localhost",
      LONG,
    ],
    isNot: ["w.localhost", "a.b.w.localhost", "a.x.localhost", "localhost", "aw.localhost"],
  },
  {
    what: "a wildcard that ends in a dot",
    certificate: { names: ["DNS:*.w.localhost."] },
    is: ["a.w.localhost", "a.w.localhost."],
    isNot: ["w.localhost"],
  },
  {
    what: "a wildcard right below the last label",
    certificate: { names: ["DNS:*.localhost", "DNS:*.localhost."] },
    is: [],
    isNot: ["a.localhost", "localhost", "a.b.localhost"],
  },
  {
    what: "a wildcard alone",
    certificate: { names: ["DNS:*", "DNS:*.", "DNS:.", "DNS:", "DNS:**.w.localhost"] },
    is: [],
    isNot: ["localhost", "a.localhost", "a.w.localhost"],
  },
  {
    what: "a wildcard for a part of a label",
    certificate: {
      names: ["DNS:f*.w.localhost", "DNS:*o.w.localhost", "DNS:f*o.w.localhost", "DNS:xn--*.w.localhost"],
    },
    is: [],
    isNot: [
      "foo.w.localhost",
      "f.w.localhost",
      "o.w.localhost",
      "xn--bcher-kva.w.localhost",
      "b\u00fccher.w.localhost",
    ],
  },
  {
    what: "a wildcard that is not the first label, and two of them",
    certificate: { names: ["DNS:a.*.localhost", "DNS:*.*.localhost", "DNS:a.w.*"] },
    is: [],
    isNot: ["a.w.localhost", "b.w.localhost"],
  },
  {
    what: "an international name, as it is written in the DNS",
    certificate: { names: ["DNS:xn--bcher-kva.w.localhost"] },
    is: [
      "b\u00fccher.w.localhost",
      "B\u00dcCHER.w.localhost",
      "xn--bcher-kva.w.localhost",
      "XN--BCHER-KVA.w.localhost",
    ],
    isNot: ["bucher.w.localhost"],
  },
  {
    what: "an international name, in bytes",
    certificate: { names: ["DNS:b\u00fccher.w.localhost", "DNS:\u212aelvin.w.localhost"] },
    is: [],
    isNot: ["b\u00fccher.w.localhost", "kelvin.w.localhost"],
  },
  {
    what: "names with NUL in them",
    certificate: {
      names: ["DNS:ok.w.localhost\0.evil.localhost", "DNS:*.x.localhost\0", "DNS:\0ok.w.localhost"],
    },
    is: [],
    isNot: ["ok.w.localhost", "a.x.localhost", "evil.localhost"],
  },
  {
    what: "names that look like several",
    certificate: {
      names: [
        "DNS:evil.localhost, DNS:ok.w.localhost",
        "URI:x, DNS:ok.w.localhost",
        'email:", DNS:ok.w.localhost, "',
      ],
    },
    is: [],
    isNot: ["ok.w.localhost", "evil.localhost"],
  },
  {
    what: "blanks around names",
    certificate: { names: ["DNS: ok.w.localhost", "DNS:ok.w.localhost ", "DNS:ok.w.localhost\n"] },
    is: [],
    isNot: ["ok.w.localhost"],
  },
  {
    what: "addresses",
    certificate: { names: ["IP:127.0.0.1", "IP:::1"] },
    is: ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[0:0::1]"],
    isNot: ["127.0.0.2", "localhost", "[::ffff:127.0.0.1]"],
  },
  {
    what: "an address of IPv4, inside of one of IPv6",
    certificate: { extensions: [["2.5.29.17", MAPPED]] },
    is: ["[::ffff:127.0.0.1]"],
    isNot: ["127.0.0.1", "[::1]"],
  },
  {
    what: "addresses that are written as names",
    certificate: { names: ["DNS:127.0.0.1", "DNS:*.0.0.1", "DNS:::1", "URI:127.0.0.1"] },
    is: [],
    isNot: ["127.0.0.1", "[::1]"],
  },
  {
    what: "a common name",
    certificate: { commonNames: ["Ok.w.localhost"] },
    is: ["ok.w.localhost", "OK.w.localhost."],
    isNot: ["w.localhost", "a.ok.w.localhost", "127.0.0.1"],
  },
  {
    what: "a common name with a wildcard",
    certificate: { commonNames: ["*.w.localhost"] },
    is: ["a.w.localhost"],
    isNot: ["w.localhost", "a.b.w.localhost"],
  },
  {
    what: "a common name with a wildcard for a part of a label",
    certificate: { commonNames: ["f*.w.localhost"] },
    is: [],
    isNot: ["foo.w.localhost"],
  },
  {
    what: "a common name that is an address",
    certificate: { commonNames: ["127.0.0.1"] },
    is: ["127.0.0.1", "0x7f.1"],
    isNot: ["127.0.0.2", "localhost"],
  },
  {
    what: "a common name that is an address of IPv6",
    certificate: { commonNames: ["::1"] },
    is: ["[::1]", "[0:0::1]"],
    isNot: ["127.0.0.1"],
  },
  {
    what: "a common name with a wildcard for a part of an address",
    certificate: { commonNames: ["*.0.0.1"] },
    is: [],
    isNot: ["127.0.0.1"],
  },
  {
    what: "the last of several common names",
    certificate: { commonNames: ["a.localhost", "b.localhost"] },
    is: ["b.localhost"],
    isNot: ["a.localhost"],
  },
  {
    what: "a last common name that is none",
    certificate: { commonNames: ["ok.w.localhost", "somebody else"] },
    is: [],
    isNot: ["ok.w.localhost"],
  },
  {
    what: "a common name beside another name",
    certificate: { commonNames: ["ok.w.localhost"], names: ["DNS:other.localhost"] },
    is: ["other.localhost"],
    isNot: ["ok.w.localhost"],
  },
  {
    what: "a common name beside an address",
    certificate: { commonNames: ["ok.w.localhost"], names: ["IP:127.0.0.9"] },
    is: [],
    isNot: ["ok.w.localhost", "127.0.0.1"],
  },
  {
    what: "a common name that is an address, beside a name",
    certificate: { commonNames: ["127.0.0.1"], names: ["DNS:ok.w.localhost"] },
    is: ["ok.w.localhost"],
    isNot: ["127.0.0.1"],
  },
  {
    what: "a common name beside names that are of no host",
    certificate: {
      commonNames: ["ok.w.localhost"],
      names: ["URI:https://other.localhost/", "email:a@other.localhost"],
    },
    is: ["ok.w.localhost"],
    isNot: ["other.localhost"],
  },
  {
    what: "a common name with NUL in it",
    certificate: { commonNames: ["ok.w.localhost\0.evil.localhost"] },
    is: [],
    isNot: ["ok.w.localhost"],
  },
  {
    what: "a common name that looks like several",
    certificate: { commonNames: ["evil.localhost\nCN=ok.w.localhost", "evil.localhost/CN=ok.w.localhost"] },
    is: [],
    isNot: ["ok.w.localhost"],
  },
  {
    what: "a common name of another type of text",
    certificate: { commonNames: [{ bmpString: "ok.w.localhost" }] },
    is: ["ok.w.localhost"],
    isNot: ["w.localhost"],
  },
  {
    what: "a common name in Latin letters of one byte",
    certificate: { commonNames: [{ printableString: "ok.w.localhost" }] },
    is: ["ok.w.localhost"],
    isNot: ["w.localhost"],
  },
  {
    what: "a common name that becomes ASCII in lower case",
    certificate: { commonNames: [{ bmpString: "\u212aelvin.localhost" }] },
    is: [],
    isNot: ["kelvin.localhost"],
  },
  { what: "no name at all", certificate: {}, is: [], isNot: ["localhost", "ok.w.localhost", "127.0.0.1"] },
];
