// Ways to write a host that is private in a URL. Each character of a spelling is one byte.

const ADDRESSES = [
  [127, 0, 0, 1],
  [127, 255, 255, 254],
  [0, 0, 0, 0],
  [10, 0, 0, 1],
  [100, 64, 0, 1],
  [169, 254, 169, 254],
  [172, 16, 0, 1],
  [172, 31, 255, 255],
  [192, 168, 0, 1],
  [192, 168, 255, 255],
];
const ADDRESSES_OF_SIX = ["::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "febf::1", "ff02::1"];
const NAMES = ["localhost", "a.localhost", "LOCALHOST", "a.b.LocalHost"];

const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const hex = (value: number): string => value.toString(16);

/** One number of an address. `inet_aton` of C reads all of them. */
const BASES: readonly ((part: number) => string)[] = [
  (part) => String(part),
  (part) => `0x${hex(part)}`,
  (part) => `0X${hex(part).toUpperCase()}`,
  (part) => `0x000${hex(part)}`,
  (part) => `0${part.toString(8)}`,
  (part) => `000${part.toString(8)}`,
];

/** What a parser takes away again. */
const COATS: readonly ((host: string) => string)[] = [
  (host) => host,
  (host) => `${host}.`,
  (host) => host.replaceAll(/./g, (byte) => `%${hex(byte.charCodeAt(0))}`),
  (host) => host.replaceAll(".", "%2e"),
  (host) => latin1(host.replaceAll(/[!-~]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) + 0xfee0))),
  (host) => latin1(host.replaceAll(".", "\u3002")),
  (host) => latin1(host.replace(/^./, "$&\u00ad")),
];

/** The address as four numbers, three, two and one. */
function partsOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number[][] {
  const low = c * 256 + d;
  return [[a, b, c, d], [a, b, low], [a, b * 65_536 + low], [a * 2 ** 24 + b * 65_536 + low]];
}

function spellFour(address: readonly number[]): string[] {
  const written = partsOf(address).flatMap((parts) => [
    ...BASES.map((base) => parts.map(base).join(".")),
    parts.map((part, i) => BASES[i]?.(part)).join("."),
  ]);
  return written.flatMap((host) => COATS.map((coat) => coat(host)));
}

/** An address of version 6 that carries one of version 4. */
function carriersOf([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string[] {
  const groups = `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
  return [
    `::ffff:${a}.${b}.${c}.${d}`,
    `::ffff:${groups}`,
    `0:0:0:0:0:FFFF:${groups}`,
    `::${groups}`,
    `::ffff:0:${groups}`,
    `64:ff9b::${groups}`,
    `2002:${groups}::`,
    `fe80::5efe:${groups}`,
  ];
}

const spellSix = (address: string): string[] =>
  [address, address.toUpperCase(), `${address}%1`, `${address}%25lo`].map((text) => `[${text}]`);

/** All spellings, each of them once. */
export function privateSpellings(): string[] {
  return [
    ...new Set([
      ...ADDRESSES.flatMap(spellFour),
      ...[...ADDRESSES.flatMap(carriersOf), ...ADDRESSES_OF_SIX].flatMap(spellSix),
      ...NAMES.flatMap((name) => COATS.map((coat) => coat(name))),
    ]),
  ];
}
