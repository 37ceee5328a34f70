# A server of HTTP/2 on python3-h2 which does what the path says, in ways that the others do not.
# Usage: scripted.py PORT CERTIFICATE KEY
import asyncio
import hashlib
import json
import ssl
import sys

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        # What is wrong is sent as it is.
        config = H2Configuration(
            client_side=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
            header_encoding="latin-1",
        )
        self.h2 = H2Connection(config)
        self.requests = {}
        self.waiting = {}
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.transport.write(self.h2.data_to_send())

    def data_received(self, data):
        try:
            for event in self.h2.receive_data(data):
                self.handle(event)
            self.send_waiting()
            self.flush()
        except ProtocolError:
            self.flush()
            self.transport.close()

    def handle(self, event):
        if isinstance(event, RequestReceived):
            headers = [tuple(field) for field in event.headers]
            path = dict(headers)[":path"]
            self.requests[event.stream_id] = (path, headers, hashlib.sha256(), [0])
            self.begin(event.stream_id, path)
        elif isinstance(event, DataReceived):
            if event.stream_id in self.requests:
                _, _, digest, size = self.requests[event.stream_id]
                digest.update(event.data)
                size[0] += len(event.data)
            # In small steps, so that there are many of them.
            for step in range(0, event.flow_controlled_length, 1000):
                amount = min(1000, event.flow_controlled_length - step)
                self.h2.acknowledge_received_data(amount, event.stream_id)
        elif isinstance(event, StreamEnded):
            if event.stream_id in self.requests:
                self.answer(event.stream_id, *self.requests.pop(event.stream_id))
        elif isinstance(event, StreamReset):
            self.requests.pop(event.stream_id, None)
            self.waiting.pop(event.stream_id, None)

    def begin(self, stream, path):
        """What is answered before the body has come."""
        what, number = words(path)
        if what == "early":
            self.requests.pop(stream)
            self.respond(stream, number, b"early")
        elif what == "interim":
            for _ in range(number):
                self.h2.send_headers(stream, [(":status", "103"), ("link", "</x>")])
        elif what == "settings":
            for size in (0, 1, 65535, number):
                self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: size})
        elif what == "table":
            self.h2.update_settings({SettingCodes.HEADER_TABLE_SIZE: number})
        elif what == "ping":
            for _ in range(number):
                self.h2.ping(b"12345678")

    def answer(self, stream, path, headers, digest, size):
        what, number = words(path)
        if what == "echo":
            fields = sorted([name, value] for name, value in headers if not name.startswith(":"))
            pseudo = sorted([name, value] for name, value in headers if name in (":method", ":scheme", ":path"))
            said = {"fields": fields, "pseudo": pseudo, "length": size[0], "digest": digest.hexdigest()}
            self.respond(stream, 200, json.dumps(said).encode())
        elif what == "rst":
            self.h2.reset_stream(stream, number)
        elif what == "rst-within":
            self.head(stream, 200, [])
            self.h2.send_data(stream, b"part")
            self.h2.reset_stream(stream, number)
        elif what == "trailers":
            self.head(stream, 200, [])
            self.h2.send_data(stream, b"x" * number)
            self.h2.send_headers(stream, [("x-trailer", "y")], end_stream=True)
        elif what == "padded":
            self.head(stream, 200, [])
            for _ in range(20):
                self.h2.send_data(stream, b"x", pad_length=number)
            self.h2.end_stream(stream)
        elif what == "empty":
            self.head(stream, 200, [])
            for _ in range(number):
                self.h2.send_data(stream, b"")
            self.h2.send_data(stream, b"after nothing", end_stream=True)
        elif what == "headers":
            fields = [("x-%d" % index, "v" * 20) for index in range(number)]
            self.respond(stream, 200, b"many", fields)
        elif what == "long":
            self.respond(stream, 200, b"long", [("x-long", "v" * number)])
        elif what == "status":
            self.head(stream, number, [], end=True)
        elif what == "short":
            self.head(stream, 200, [("content-length", str(number))])
            self.h2.send_data(stream, b"short", end_stream=True)
        elif what == "cookies":
            fields = [("set-cookie", "a%d=b" % index) for index in range(number)]
            self.respond(stream, 200, b"cookies", fields)
        elif what == "goaway":
            self.respond(stream, 200, b"last")
            self.send_waiting()
            self.h2.close_connection(number)
        elif what == "cut":
            self.head(stream, 200, [("content-length", "100")])
            self.h2.send_data(stream, b"x" * number)
            self.flush()
            self.transport.close()
        elif what == "redirect":
            self.respond(stream, 302, b"gone", [("location", "/redirect/%d" % (number - 1) if number > 1 else "/echo")])
        else:
            self.respond(stream, 200, b"x" * number, [("content-length", str(number))])

    def head(self, stream, status, fields, end=False):
        self.h2.send_headers(stream, [(":status", str(status)), *fields], end_stream=end)

    def respond(self, stream, status, content, fields=()):
        self.head(stream, status, fields)
        self.waiting[stream] = content

    def send_waiting(self):
        """As much as the windows allow, in frames of all sizes."""
        for stream, content in list(self.waiting.items()):
            while True:
                room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, 5000)
                if room <= 0 and content:
                    break
                piece, content = content[:room], content[room:]
                self.h2.send_data(stream, piece, end_stream=not content)
                if not content:
                    break
            if content:
                self.waiting[stream] = content
            else:
                del self.waiting[stream]


def words(path):
    """/WHAT/NUMBER"""
    what, _, number = path.lstrip("/").partition("/")
    return what, int(number) if number.isdigit() else 0


async def main(port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", int(port), ssl=context)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
