"""A network in a process of its own, to be killed: serves REST from the state in argv, and takes MO by itself.

Prints the URL and the token, then the number of each MO that has been accepted.
"""

from __future__ import annotations

import asyncio
import sys

from network_world import FakeModem, Sim, identity

from mtmo_host.network.core import Core
from mtmo_host.network.rest import create_app
from mtmo_host.network.server import serve
from mtmo_host.network.smpp import SmppServer
from mtmo_host.network.store import Store


async def main(state: str) -> None:
    core = Core(Store.open(state))
    values = identity(1)
    core.add_endpoint("unit-1", **values)
    modem = FakeModem(Sim(values["iccid"], values["imsi"], "+" + values["msisdn"]), values["imei"], core)
    server = await serve(create_app(core), port=0)
    await SmppServer(core).start(port=0)
    print(server.url, core.store.application_token(), flush=True)
    number = 0
    while True:
        if modem.send("12345", f"mo {number}").ok:
            print(number, flush=True)
        number += 1
        await asyncio.sleep(0.001)


asyncio.run(main(sys.argv[1]))
