import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { type Listener, listen } from "./listener.ts";

/** A proxy for SOCKS 4, 4A and 5. It remembers what it got. */
export interface SocksProxy extends Listener {
  /** For each connection its messages, in hexadecimal, with blanks between them. */
  handshakes: string[];
}

export interface SocksProxyOptions {
  /** The method that a SOCKS 5 client must use: 0 is none, 2 is password. */
  method?: number;
  /** The answer to the request, instead of success. */
  reply?: Buffer;
  /** The answer to user and password, instead of success. */
  loginReply?: Buffer;
  host?: string;
  /** Types of addresses of SOCKS 5 that it refuses: 1 is IPv4, 4 is IPv6. */
  refuses?: number[];
}

/** Connects to the requested port, always on 127.0.0.1, for any name. */
export async function startSocksProxy(t: TestContext, options: SocksProxyOptions = {}): Promise<SocksProxy> {
  const handshakes: string[] = [];
  const listener = await listen(
    t,
    (socket) => {
      serve(socket, options, (message) => {
        handshakes.push(message);
      }).catch(() => socket.destroy());
    },
    { host: options.host ?? "127.0.0.1" },
  );
  return Object.assign(listener, { handshakes });
}

async function serve(
  socket: Socket,
  options: SocksProxyOptions,
  record: (handshake: string) => void,
): Promise<void> {
  const messages: Buffer[] = [];
  const read = async (count: number): Promise<Buffer> => {
    const bytes = await readBytes(socket, count);
    messages.push(bytes);
    return bytes;
  };
  const version = (await read(1))[0];
  const port = version === 4 ? await readSocks4(read) : await readSocks5(read, socket, options);
  record(Buffer.concat(messages).toString("hex"));
  const granted =
    version === 4 ? Buffer.from("005a000000000000", "hex") : Buffer.from("05000001000000000000", "hex");
  const asked = messages.at(-3)?.[3] ?? 0;
  if (version === 5 && options.refuses?.includes(asked)) {
    socket.end(Buffer.from("05040001000000000000", "hex"));
    return;
  }
  socket.write(options.reply ?? granted);
  const onward = connect({ port, host: "127.0.0.1" }, () => socket.pipe(onward).pipe(socket));
  onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("close", () => onward.destroy());
}

type Read = (count: number) => Promise<Buffer>;

async function readSocks4(read: Read): Promise<number> {
  const request = await read(7);
  await readString(read);
  const isName = request.subarray(3, 6).equals(Buffer.alloc(3)) && request[6] !== 0;
  if (isName) await readString(read);
  return request.readUInt16BE(1);
}

async function readString(read: Read): Promise<void> {
  while ((await read(1))[0] !== 0);
}

async function readSocks5(read: Read, socket: Socket, options: SocksProxyOptions): Promise<number> {
  await read((await read(1))[0] ?? 0);
  const { method = 0 } = options;
  socket.write(Buffer.from([5, method]));
  if (method === 2) {
    await read(1);
    await read((await read(1))[0] ?? 0);
    await read((await read(1))[0] ?? 0);
    socket.write(options.loginReply ?? Buffer.from([1, 0]));
  }
  const type = (await read(4))[3];
  const length = type === 1 ? 4 : type === 4 ? 16 : ((await read(1))[0] ?? 0);
  await read(length);
  return (await read(2)).readUInt16BE(0);
}

async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  while (bytes.length < count) {
    const more: Buffer | null = socket.read();
    if (more !== null) bytes = Buffer.concat([bytes, more]);
    else await once(socket, "readable", { signal: AbortSignal.timeout(20_000) });
    if (socket.readableEnded || socket.destroyed) throw new Error("closed");
  }
  if (bytes.length > count) socket.unshift(bytes.subarray(count));
  return bytes.subarray(0, count);
}
