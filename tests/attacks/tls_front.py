"""Python's own TLS between a sender and a carrier that has none: a load balancer, or a man in the middle.

Each connection is answered with the certificate that the front was made with, and what comes out of TLS goes on
to the carrier in the clear. `heard` counts the octets of plaintext that the client said.
"""
import asyncio
import ssl
import threading


class TlsFront:
    def __init__(self, certificate, key, carrier_port, version=None, cut_after=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        if version:
            self.context.minimum_version = self.context.maximum_version = version
        self.carrier_port, self.cut_after = carrier_port, cut_after
        self.heard, self.versions = 0, set()
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda *_: None)  # a handshake that fails is what some tests want
        server = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.context)
        self.port = self.loop.run_until_complete(server).sockets[0].getsockname()[1]
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _serve(self, client, to_client):
        self.versions.add(to_client.get_extra_info("ssl_object").version())
        carrier, to_carrier = await asyncio.open_connection("127.0.0.1", self.carrier_port)
        both = [asyncio.ensure_future(self._pass_on(client, to_carrier, to_client)),
                asyncio.ensure_future(self._pass_on(carrier, to_client))]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        to_carrier.close()
        to_client.close()

    async def _pass_on(self, source, target, cut=None):
        """Until the source ends. With `cut`, the client's side, counts, and drops that link when it is time."""
        try:
            while True:
                data = await source.read(4096)
                if not data:
                    return
                target.write(data)
                await target.drain()
                if cut is None:
                    continue
                self.heard += len(data)
                if self.cut_after and self.heard > self.cut_after:
                    self.cut_after = None
                    cut.transport.abort()  # no close_notify, and answers under way
                    return
        except OSError:
            return
