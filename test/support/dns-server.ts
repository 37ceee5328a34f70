import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** The answer of a server for one name, if the question is for `A` or `AAAA`. */
export interface DnsAnswer {
  a?: readonly string[];
  aaaa?: readonly string[];
  /** Another name. The addresses are those of this name. */
  cname?: string;
  /** 2 is SERVFAIL, 3 NXDOMAIN, 5 REFUSED. @default 0 */
  rcode?: number;
  /** Over UDP the answer only says that there is more. */
  truncated?: boolean;
  /** Families for which there is no answer. */
  silent?: readonly ("A" | "AAAA")[];
}

export interface DnsQuestion {
  name: string;
  type: "A" | "AAAA";
  over: "udp" | "tcp";
}

export interface DnsServer {
  /** `address:port`. */
  address: string;
  /** All questions that came, in order. */
  asked: DnsQuestion[];
  /** Resolves when this number of questions has come. */
  came(questions: number): Promise<void>;
}

const TYPES: Readonly<Record<number, "A" | "AAAA">> = { 1: "A", 28: "AAAA" };
const RESPONSE = 0x8180;
const TRUNCATED = 0x0200;
const NXDOMAIN: DnsAnswer = { rcode: 3 };

/** Starts a DNS server on loopback, over UDP and TCP, until the test ends. A name without an answer is NXDOMAIN. */
export async function startDnsServer(
  t: TestContext,
  answers: (name: string) => DnsAnswer | undefined,
): Promise<DnsServer> {
  const { udp, tcp, port } = await bindBoth();
  const asked: DnsQuestion[] = [];
  const news = new EventTarget();
  const reply = (query: Buffer, over: DnsQuestion["over"]): Buffer | null => {
    const { name, type, end } = readQuestion(query);
    asked.push({ name, type, over });
    news.dispatchEvent(new Event("question"));
    const answer = answers(name) ?? NXDOMAIN;
    return answer.silent?.includes(type) ? null : writeReply(query.subarray(0, end), { answer, type, over });
  };
  const connections = serve(udp, tcp, reply);
  t.after(() => {
    udp.close();
    for (const connection of connections) connection.destroy();
    tcp.close();
  });
  const came = async (questions: number): Promise<void> => {
    while (asked.length < questions) await once(news, "question");
  };
  return { address: `127.0.0.1:${port}`, asked, came };
}

type Reply = (query: Buffer, over: DnsQuestion["over"]) => Buffer | null;

function serve(udp: UdpSocket, tcp: Server, reply: Reply): Set<Socket> {
  const connections = new Set<Socket>();
  udp.on("message", (query, { port, address }) => {
    const message = reply(query, "udp");
    if (message !== null) udp.send(message, port, address);
  });
  tcp.on("connection", (socket: Socket) => {
    connections.add(socket.on("error", () => {}).on("close", () => connections.delete(socket)));
    let bytes = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE()) {
        const end = 2 + bytes.readUInt16BE();
        const message = reply(bytes.subarray(2, end), "tcp");
        bytes = bytes.subarray(end);
        if (message !== null) socket.write(Buffer.concat([uint16(message.length), message]));
      }
    });
  });
  return connections;
}

/** Finds a port that is free for both. */
async function bindBoth(): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (;;) {
    const tcp = createServer().listen(0, "127.0.0.1");
    await once(tcp, "listening");
    const { port } = tcp.address() as AddressInfo;
    const udp = createSocket({ type: "udp4", recvBufferSize: 1 << 22 });
    udp.bind(port, "127.0.0.1");
    try {
      await once(udp, "listening");
      return { udp, tcp, port };
    } catch {
      tcp.close();
    }
  }
}

function readQuestion(query: Buffer): { name: string; type: "A" | "AAAA"; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = TYPES[query.readUInt16BE(at + 1)] ?? "A";
  return { name: labels.join("."), type, end: at + 5 };
}

function writeReply(
  question: Buffer,
  { answer, type, over }: { answer: DnsAnswer; type: "A" | "AAAA"; over: DnsQuestion["over"] },
): Buffer {
  const isCut = answer.truncated === true && over === "udp";
  const records = isCut ? [] : recordsOf(answer, type);
  const head = Buffer.from(question);
  head.writeUInt16BE(RESPONSE | (isCut ? TRUNCATED : 0) | (answer.rcode ?? 0), 2);
  for (const [offset, count] of [1, records.length, 0, 0].entries())
    head.writeUInt16BE(count, 4 + 2 * offset);
  return Buffer.concat([head, ...records]);
}

function recordsOf({ a = [], aaaa = [], cname }: DnsAnswer, type: "A" | "AAAA"): Buffer[] {
  const owner = cname === undefined ? Buffer.from([0xc0, 12]) : nameBytes(cname);
  const addresses = type === "A" ? a.map(v4Bytes) : aaaa.map(v6Bytes);
  const records = addresses.map((bytes) => record(owner, type === "A" ? 1 : 28, bytes));
  return cname === undefined ? records : [record(Buffer.from([0xc0, 12]), 5, nameBytes(cname)), ...records];
}

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const ttl = Buffer.from([0, 0, 0, 60]);
  return Buffer.concat([owner, uint16(type), uint16(1), ttl, uint16(data.length), data]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...labels, Buffer.of(0)]);
}

function v4Bytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

/** The bytes of an IPv6 address, which is written in full or with one `::`. */
function v6Bytes(address: string): Buffer {
  const [head = [], tail] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const middle = Array.from({ length: 8 - head.length - (tail?.length ?? 0) }, () => "0");
  const groups = tail === undefined ? head : [...head, ...middle, ...tail];
  return Buffer.concat(groups.map((group) => uint16(Number.parseInt(group, 16))));
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
